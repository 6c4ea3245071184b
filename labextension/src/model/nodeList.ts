/** Which nodes the Nodes view lists, and in which order. Pure. */

import type { NodeView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import type { ISlow } from './nodeTimes';
import { STATE_NAMES, type StateName } from './activities';
import type { INodeStatus } from './nodes';
import { byFailure, rankOf } from './nodeOrder';
import { slowNodes } from './nodeTimes';
import { statusOf } from './nodes';

/** A state, or the two that are none: everybody, and who trains for too long. */
export type NodeFilter = StateName | 'all' | 'slow';

export type NodeSort = 'problems' | 'number';

export interface IListedNode {
  node: NodeView;
  status: INodeStatus;
  /** How long it has been training, when that is over twice the median. */
  slow: number | null;
}

export interface INodeList {
  /** Everybody, in the order of `nodes`. */
  all: IListedNode[];
  /** What is listed, in the order that was asked for. */
  rows: IListedNode[];
  chips: { filter: NodeFilter; count: number }[];
  /** The median time of training in this round. */
  median: number;
}

export interface INodeQuestion {
  filter: NodeFilter;
  /** Part of an id, or a number. */
  text: string;
  sort: NodeSort;
}

export function listNodes(
  run: IRunState,
  now: number,
  question: INodeQuestion
): INodeList {
  const slow: ISlow =
    run.ended > 0 ? { median: 0, nodes: new Map() } : slowNodes(run, now);
  const all = run.members.map(node => ({
    node,
    status: statusOf(node, run, now),
    slow: slow.nodes.get(node.node) ?? null
  }));
  const text = question.text.trim().toLowerCase();
  const rows = all.filter(
    item =>
      passes(item, question.filter) && (text === '' || matches(item, text))
  );
  if (question.sort === 'problems') {
    // A sort is stable: among equals the order of `nodes` stays.
    rows.sort(
      (a, b) =>
        place(a) - place(b) ||
        byFailure(a.node.node, b.node.node, run) ||
        (b.slow ?? 0) - (a.slow ?? 0)
    );
  }
  return { all, rows, chips: chipsOf(all), median: slow.median };
}

function place(item: IListedNode): number {
  const rank = rankOf(item.status);
  // Who is slow comes before who works, and after who was left out.
  return item.slow !== null && rank === 5 ? 4.5 : rank;
}

function passes(item: IListedNode, filter: NodeFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'slow':
      return item.slow !== null;
    default:
      return shownState(item) === filter;
  }
}

/** A slow one counts as slow alone, so that the chips add up. */
function shownState(item: IListedNode): NodeFilter {
  return item.slow !== null ? 'slow' : item.status.name;
}

function matches(item: IListedNode, text: string): boolean {
  const number = /^#?(\d{1,6})$/.exec(text)?.[1];
  return (
    item.node.node.toLowerCase().includes(text) ||
    (number !== undefined && item.node.index === Number(number))
  );
}

function chipsOf(all: readonly IListedNode[]): INodeList['chips'] {
  const counts = new Map<NodeFilter, number>();
  for (const item of all) {
    const state = shownState(item);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const order: NodeFilter[] = [...STATE_NAMES];
  order.splice(order.indexOf('training'), 0, 'slow');
  return [
    { filter: 'all', count: all.length },
    ...order.flatMap(filter => {
      const count = counts.get(filter);
      return count === undefined ? [] : [{ filter, count }];
    })
  ];
}

/** How many of these are up. */
export function upCount(all: readonly IListedNode[]): number {
  return all.filter(({ node }) => node.state === 'up').length;
}
