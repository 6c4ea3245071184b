/** Where a node runs: notebook, cell and process. */

import * as React from 'react';
import { baseName } from '../../model/format';
import { notebookOf, placeOfNode } from '../../model/opening';
import type { IListedNode } from '../../model/nodeList';
import type { IPlace } from '../../tokens';
import type { INodesProps } from './props';

type INodeCodeProps = INodesProps & { item: IListedNode; low: boolean };

export function NodeCode(props: INodeCodeProps): JSX.Element {
  const { actions, trans, item, low } = props;
  const { node } = item;
  const { notebook } = node;
  const place = placeOfNode(node);
  const name = baseName(notebook);
  return (
    <span
      role="gridcell"
      data-column="notebook"
      className="jp-alphamed-Nodes-two"
    >
      {node.state === 'absent' ? (
        <span className="jp-alphamed-secondary">
          {trans.__('not known yet')}
        </span>
      ) : name === '' ? (
        <span className="jp-alphamed-secondary">{trans.__('no notebook')}</span>
      ) : actions.hasNotebook(node) ? (
        <Opening {...props} place={notebookOf(place)} title={notebook}>
          {name}
        </Opening>
      ) : (
        <span title={notebook}>{name}</span>
      )}
      {low ? null : <Second {...props} place={place} />}
    </span>
  );
}

/** `Cell [2] · pid 48190`, as far as they are known. */
function Second(props: INodeCodeProps & { place: IPlace }): JSX.Element | null {
  const { actions, trans, item, place } = props;
  const { node } = item;
  const parts: React.ReactNode[] = [];
  if (actions.hasNotebook(node) && actions.opens(place) === 'cell') {
    const prompt = actions.promptOf(node);
    parts.push(
      <Opening key="cell" {...props} title={trans.__('Open cell')}>
        {prompt === '' ? trans.__('Cell') : trans.__('Cell [%1]', prompt)}
      </Opening>
    );
  }
  if (node.pid > 0) {
    parts.push(<span key="pid">{trans.__('pid %1', node.pid)}</span>);
  }
  if (parts.length === 0) {
    return null;
  }
  return (
    <span className="jp-alphamed-Nodes-second jp-alphamed-code">
      {parts[0]}
      {parts.length > 1 ? ' · ' : null}
      {parts[1]}
    </span>
  );
}

function Opening(
  props: INodesProps & {
    place: IPlace;
    title: string;
    children: React.ReactNode;
  }
): JSX.Element {
  const { actions, place, title, children } = props;
  return (
    <button
      type="button"
      className="jp-alphamed-Link"
      title={title}
      onClick={event => {
        event.stopPropagation();
        void actions.open(place);
      }}
    >
      {children}
    </button>
  );
}
