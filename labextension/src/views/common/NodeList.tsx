/** Nodes in a sentence. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { plain } from '../../model/ansi';
import { formatCount } from '../../model/format';
import type { INames } from './hooks';
import { NodeName } from './NodeName';
import { Phrase } from './Phrase';

export interface ITellers {
  trans: TranslationBundle;
  names: INames;
  now: number;
}

/** How many nodes are named; of more only the number is said. */
const MOST_NAMES = 3;

/** Ids of nodes in bold: `A`, `A and B`, `A, B and C`, `12 nodes`. */
export function NodeList(
  props: ITellers & { nodes: readonly string[] }
): JSX.Element {
  const { trans, names, nodes } = props;
  const parts = nodes
    .slice(0, MOST_NAMES)
    .map(id => <NodeName key={id} id={id} names={names} bold plain />);
  switch (nodes.length) {
    case 1:
      return <>{parts[0]}</>;
    case 2:
      return <Phrase text={trans.__('%1 and %2')} parts={parts} />;
    case 3:
      return <Phrase text={trans.__('%1, %2 and %3')} parts={parts} />;
    default:
      return <b>{trans.__('%1 nodes', formatCount(nodes.length))}</b>;
  }
}

/** Text of nodes, schedulers and errors. */
export function Code({ text }: { text: string }): JSX.Element {
  return <span className="jp-alphamed-code">{plain(text)}</span>;
}
