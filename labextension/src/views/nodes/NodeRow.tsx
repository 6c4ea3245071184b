import * as React from 'react';
import type { NodeView } from '../../hub/protocol';
import { formatBytes, formatCount } from '../../model/format';
import type { IListedNode } from '../../model/nodeList';
import { NodeName } from '../common/NodeName';
import { MoreIcon } from '../common/icons';
import { MenuButton } from '../common/Menu';
import { StateIcon } from '../common/StateIcon';
import { toneOf } from '../common/tell';
import { roleWord } from '../common/words';
import { NodeCode } from './NodeCode';
import { nodeEntries } from './nodeMenu';
import { stateText } from './stateText';
import type { INodesProps } from './props';

const NONE = '–';

export function NodeRow(
  props: INodesProps & {
    item: IListedNode;
    low: boolean;
    index: number;
    /** Of the row's element. */
    id: string;
  }
): JSX.Element {
  const { trans, run, names, settings, item, low, index } = props;
  const { node, status } = item;
  const memory = run.memory[node.node];
  const chosen = settings.selected === node.node;
  const off = props.model.hidden.has(node.node) ? ' jp-mod-off' : '';
  return (
    <div
      id={props.id}
      data-node={node.node}
      className={`jp-alphamed-Nodes-row${off}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      onClick={() => settings.select(chosen ? null : node.node)}
    >
      <span role="gridcell">
        <NodeName id={node.node} names={names} />
      </span>
      <Role {...props} />
      <State {...props} />
      <span role="gridcell" data-column="round">
        {node.round === 0 ? NONE : node.round}
      </span>
      <span role="gridcell" data-column="messages">
        {formatCount(node.messages_in)} / {formatCount(node.messages_out)}
      </span>
      <span role="gridcell" data-column="bytes">
        {formatBytes(node.bytes_in)} / {formatBytes(node.bytes_out)}
      </span>
      <span role="gridcell" data-column="memory">
        {memory === undefined ? NONE : formatBytes(memory)}
      </span>
      <NodeCode {...props} />
      <span role="gridcell" className="jp-alphamed-Nodes-more">
        <MenuButton
          label={trans.__('Actions for %1', names.short(node.node))}
          align="end"
          entries={() => nodeEntries(props, node)}
        >
          <MoreIcon />
        </MenuButton>
      </span>
      {low || status.name !== 'failed' ? null : (
        <span className="jp-alphamed-hidden">{trans.__('failed')}</span>
      )}
    </div>
  );
}

function Role(
  props: INodesProps & { item: IListedNode; low: boolean }
): JSX.Element {
  const { trans, run, item, low } = props;
  const { node } = item;
  const initiator = isInitiator(node, run.attempts[0]?.leader);
  return (
    <span role="gridcell" className="jp-alphamed-Nodes-two">
      <span>{roleText(props)}</span>
      {initiator && !low ? (
        <span className="jp-alphamed-Nodes-second">
          {trans.__('initiator')}
        </span>
      ) : null}
    </span>
  );
}

/** A node that never came up has no role yet; it will follow the one that leads, as the others do. */
function roleText(props: INodesProps & { item: IListedNode }): string {
  const { trans, run, item } = props;
  const { node } = item;
  if (node.role !== '') {
    return roleWord(trans, node.role);
  }
  if (node.state !== 'absent' || !run.members.some(({ leads }) => leads)) {
    return NONE;
  }
  const other = run.members.find(({ leads, role }) => !leads && role !== '');
  return roleWord(trans, other?.role ?? 'data holder');
}

function isInitiator(node: NodeView, leader: string | undefined): boolean {
  return node.leads && node.node === leader;
}

function State(
  props: INodesProps & { item: IListedNode; low: boolean }
): JSX.Element {
  const { trans, run, now, names, list, item, low } = props;
  const { status } = item;
  const told = stateText({ item, run, now, names, trans, median: list.median });
  const icon = item.slow !== null ? 'left out' : status.name;
  const title = (
    <span
      className={`jp-alphamed-Nodes-title${told.error ? ' jp-mod-error jp-alphamed-code' : ''}`}
      data-tone={toneOf(status)}
      title={told.title}
    >
      {told.title}
    </span>
  );
  const second =
    told.second.length === 0 ? null : (
      <span className="jp-alphamed-Nodes-second">
        {told.second.map((part, index) => (
          <React.Fragment key={index}>
            {index > 0 ? ' · ' : null}
            {part}
          </React.Fragment>
        ))}
      </span>
    );
  return (
    <span
      role="gridcell"
      className={`jp-alphamed-Nodes-state${low ? ' jp-mod-low' : ''}`}
    >
      <StateIcon state={icon} long={status.long} />
      <span className="jp-alphamed-Nodes-two">
        {title}
        {second}
      </span>
    </span>
  );
}
