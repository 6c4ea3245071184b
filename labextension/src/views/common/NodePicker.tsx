/** A search box that finds nodes among many, and a tick for each that is picked. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { NodeView } from '../../hub/protocol';
import type { INames } from './hooks';
import { NodeName } from './NodeName';
import { Popover } from './Popover';

export interface INodePickerProps {
  members: readonly NodeView[];
  picked: ReadonlySet<string>;
  onPick(node: string): void;
  /** Pick this one and no other. */
  onOnly?(node: string): void;
  /** Beside the name of the button: how many are picked. */
  count?: string;
  /** Below the nodes. */
  foot?: React.ReactNode;
  names: INames;
  trans: TranslationBundle;
}

const MOST = 50;

export function NodePicker(props: INodePickerProps): JSX.Element {
  const { members, picked, onPick, onOnly, count, names, trans } = props;
  const [text, setText] = React.useState('');
  const wanted = text.trim().toLowerCase();
  const isMark = /^\d+$/.test(wanted);
  const found = members
    .filter(
      ({ node }) =>
        node.toLowerCase().includes(wanted) ||
        (isMark && String(names.number(node)) === wanted)
    )
    .sort((a, b) => rank(a.node) - rank(b.node))
    .slice(0, MOST);
  // The number of a mark first, then what is picked.
  function rank(node: string): number {
    return isMark && String(names.number(node)) === wanted
      ? -1
      : onOnly === undefined && picked.has(node)
        ? 0
        : 1;
  }
  return (
    <Popover
      title={trans.__('Find node')}
      label={
        <>
          {trans.__('Find node')}
          {count !== undefined && <span>{count}</span>}
        </>
      }
    >
      <div className="jp-alphamed-Popover-list">
        <input
          type="search"
          className="jp-alphamed-Popover-search"
          aria-label={trans.__('Find node')}
          placeholder={trans.__('Find node')}
          value={text}
          autoFocus
          onChange={event => setText(event.target.value)}
        />
        {found.map(({ node }) => (
          <div className="jp-alphamed-Popover-row" key={node}>
            <label>
              <input
                type="checkbox"
                checked={picked.has(node)}
                onChange={() => onPick(node)}
              />
              <NodeName id={node} names={names} />
            </label>
            {onOnly !== undefined && (
              <button type="button" onClick={() => onOnly(node)}>
                {trans.__('Only this node')}
              </button>
            )}
          </div>
        ))}
        {props.foot}
      </div>
    </Popover>
  );
}
