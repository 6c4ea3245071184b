/** The Nodes view: who is in the task, in which state, and who waits for whom. */

import * as React from 'react';
import type { IListedNode } from '../../model/nodeList';
import { listNodes, upCount } from '../../model/nodeList';
import { formatCount } from '../../model/format';
import { waitChain } from '../../model/waits';
import type { IRunState, IViewProps } from '../../tokens';
import { useChanges, useModel, useNames, useNow } from '../common/hooks';
import { useKeys } from '../common/keys';
import { CellGrid } from './CellGrid';
import { Drawer } from './Drawer';
import { NodeTable } from './NodeTable';
import { Toolbar } from './Toolbar';
import { useNodeSettings } from './settings';

/** Of more nodes each has a cell of the grid as well. */
const GRID_ABOVE = 100;
/** Of more nodes rows are low. */
const LOW_ABOVE = 50;

export function NodesView(props: IViewProps): JSX.Element {
  const { model, trans } = props;
  useModel(model);
  const run = model.shown;
  if (run === null) {
    return (
      <div className="jp-alphamed-Nodes" aria-busy="true">
        <GreyRows />
      </div>
    );
  }
  if (run.members.length === 0) {
    return (
      <div className="jp-alphamed-Nodes jp-alphamed-Empty">
        {trans.__('No node is running')}
      </div>
    );
  }
  return <Nodes {...props} run={run} />;
}

/** After 150 ms (the style sheet waits), what loading looks like. */
function GreyRows(): JSX.Element {
  return (
    <div className="jp-alphamed-Nodes-grey" aria-hidden="true">
      {[72, 58, 64, 50].map(width => (
        <div key={width}>
          <span style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}

function Nodes(props: IViewProps & { run: IRunState }): JSX.Element {
  const { model, actions, trans, run } = props;
  const now = useNow(model);
  const names = useNames(run);
  useChanges(actions.promptsChanged, actions);
  const settings = useNodeSettings(model);
  const { filter, sort, text, selected } = settings;
  const list = listNodes(run, now, { filter, sort, text });
  const chosen = list.all.find(item => item.node.node === selected) ?? null;
  const chain = waitChain(run, now);
  const search = React.useRef<HTMLInputElement>(null);
  const go = (by: number) =>
    settings.select(beside(list.rows, settings.selected, by));
  useKeys({
    up: () => go(-1),
    down: () => go(1),
    'page-up': () => go(-10),
    'page-down': () => go(10),
    oldest: () => settings.select(list.rows[0]?.node.node ?? null),
    newest: () =>
      settings.select(list.rows[list.rows.length - 1]?.node.node ?? null),
    filter: () => search.current?.focus(),
    copy: () => {
      if (chosen === null) {
        return false;
      }
      void actions.copy(chosen.node.node);
      return true;
    },
    escape: () => {
      if (selected === null) {
        return false;
      }
      settings.select(null);
      return true;
    }
  });
  const shared = { ...props, now, names, settings, list };
  // In a big task that is well the rows need the room.
  const telling =
    run.members.length <= 12 ||
    chain.cycle.length > 0 ||
    list.all.some(item => item.status.long);
  const waits = chain.edges.length > 0 && run.ended === 0 && telling;
  return (
    <div className="jp-alphamed-Nodes">
      <Toolbar {...shared} search={search} />
      {run.members.length > GRID_ABOVE ? <CellGrid {...shared} /> : null}
      <NodeTable {...shared} low={run.members.length > LOW_ABOVE} />
      {chosen !== null || waits ? (
        <Drawer {...shared} chain={waits ? chain : null} selected={chosen} />
      ) : null}
      <div className="jp-alphamed-Foot jp-alphamed-Nodes-foot">
        {trans._n(
          '%2 node in the task, %3 up',
          '%2 nodes in the task, %3 up',
          list.all.length,
          formatCount(list.all.length),
          formatCount(upCount(list.all))
        )}
        {run.members.length > GRID_ABOVE ? (
          <>
            {' · '}
            {trans.__('one cell per node, in the order of nodes')}
          </>
        ) : null}
        {list.rows.length < list.all.length ? (
          <>
            {' · '}
            {trans.__('%1 shown', formatCount(list.rows.length))}
          </>
        ) : null}
      </div>
    </div>
  );
}

function beside(
  rows: readonly IListedNode[],
  selected: string | null,
  by: number
): string | null {
  const place = rows.findIndex(item => item.node.node === selected);
  const next =
    place < 0
      ? by > 0
        ? 0
        : rows.length - 1
      : Math.min(rows.length - 1, Math.max(0, place + by));
  return rows[next]?.node.node ?? null;
}
