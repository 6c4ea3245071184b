/** Which nodes are shown, of more than have a lane each: there is no lane head to click on. */

import * as React from 'react';

import { formatCount } from '../../model/format';
import { MOST_LANES } from '../../model/strip';
import type { IRunState, IViewProps } from '../../tokens';
import type { INames } from '../common/hooks';
import { NodePicker } from '../common/NodePicker';

export function NodesBox({
  model,
  run,
  names,
  trans
}: IViewProps & { run: IRunState; names: INames }): JSX.Element | null {
  const { members } = run;
  const { hidden } = model;
  if (members.length <= MOST_LANES) {
    return null;
  }
  const shown = members.map(({ node }) => node).filter(it => !hidden.has(it));
  const all = shown.length === members.length;
  return (
    <NodePicker
      members={members}
      picked={new Set(shown)}
      onPick={node => model.toggleNode(node)}
      onOnly={node => {
        model.showAllNodes();
        model.soloNode(node);
      }}
      count={
        all
          ? undefined
          : `${formatCount(shown.length)} / ${formatCount(members.length)}`
      }
      foot={
        !all && (
          <div className="jp-alphamed-Popover-foot">
            <button type="button" onClick={() => model.showAllNodes()}>
              {trans.__('Show all nodes')}
            </button>
          </div>
        )
      }
      names={names}
      trans={trans}
    />
  );
}
