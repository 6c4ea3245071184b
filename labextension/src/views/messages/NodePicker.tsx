import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { NodeView } from '../../hub/protocol';
import type { INames } from '../common/hooks';
import { NodeName } from '../common/NodeName';
import { Popover } from './Popover';

export interface INodePickerProps {
  members: readonly NodeView[];
  picked: ReadonlySet<string>;
  onPick: (node: string) => void;
  names: INames;
  trans: TranslationBundle;
}

const MOST = 50;

/** Of many nodes, those that get a lifeline of their own. */
export function NodePicker(props: INodePickerProps): JSX.Element {
  const { members, picked, onPick, names, trans } = props;
  const [text, setText] = React.useState('');
  const wanted = text.trim().toLowerCase();
  const found = members
    .filter(({ node }) => node.toLowerCase().includes(wanted))
    .sort((a, b) => Number(picked.has(b.node)) - Number(picked.has(a.node)))
    .slice(0, MOST);
  return (
    <Popover title={trans.__('Find node')} label={trans.__('Find node')}>
      <div className="jp-alphamed-Messages-types">
        <input
          type="search"
          className="jp-alphamed-Messages-search"
          aria-label={trans.__('Find node')}
          placeholder={trans.__('Find node')}
          value={text}
          autoFocus
          onChange={event => setText(event.target.value)}
        />
        {found.map(({ node }) => (
          <label key={node}>
            <input
              type="checkbox"
              checked={picked.has(node)}
              onChange={() => onPick(node)}
            />
            <NodeName
              id={node}
              number={names.number(node)}
              short={names.short(node)}
            />
          </label>
        ))}
      </div>
    </Popover>
  );
}
