import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { formatClock } from '../../model/format';
import { problemsFirst } from '../../model/nodeOrder';
import { statusOf } from '../../model/nodes';
import type { IRunState } from '../../tokens';
import type { INames } from '../common/hooks';
import { NodeName } from '../common/NodeName';
import { StateIcon } from '../common/StateIcon';
import { ageText, roleWord } from '../common/words';
import { Lane } from './Lane';
import { shortState } from './words';

export interface INodeListProps {
  run: IRunState;
  now: number;
  names: INames;
  trans: TranslationBundle;
  onMore: () => void;
}

/** More nodes than this, and only the first in trouble are shown. */
const MOST = 12;

/** A row per node: mark, id, role, since when; what it does; its lane. */
export function NodeList(props: INodeListProps): JSX.Element {
  const { run, now, names, trans, onMore } = props;
  const members =
    run.members.length > MOST
      ? problemsFirst(run.members, run, now).slice(0, MOST)
      : run.members;
  const more = run.members.length - members.length;
  return (
    <div className="jp-alphamed-Sidebar-nodes">
      <ul aria-label={trans.__('Nodes')}>
        {members.map(node => {
          const status = statusOf(node, run, now);
          const text = shortState(trans, node, status, run, names);
          const failed = status.name === 'failed';
          return (
            <li key={node.node} className="jp-alphamed-Sidebar-node">
              <div className="jp-alphamed-Sidebar-line">
                <NodeName id={node.node} names={names} />
                <span className="jp-alphamed-Sidebar-role">
                  {roleWord(trans, node.role)}
                </span>
                <span className="jp-alphamed-Sidebar-since">
                  {run.ended > 0
                    ? formatClock(status.since)
                    : ageText(trans, now - status.since)}
                </span>
              </div>
              <div
                className={`jp-alphamed-Sidebar-state${failed ? ' jp-mod-failed' : ''}`}
                title={text}
              >
                <StateIcon state={status.name} long={status.long} />
                <span>{text}</span>
              </div>
              <Lane node={node} run={run} now={now} />
            </li>
          );
        })}
      </ul>
      {more > 0 ? (
        <button
          type="button"
          className="jp-alphamed-Sidebar-more"
          onClick={onMore}
        >
          {trans._n('%1 more node', '%1 more nodes', more)}
        </button>
      ) : null}
    </div>
  );
}
