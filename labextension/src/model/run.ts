/** The fold of one run, kept up to date with what the hub says has changed. Pure. */

import type {
  Interval,
  MemberChange,
  NodeView,
  RunChange
} from '../hub/protocol';
import type { IRunState } from '../tokens';

/**
 * The run after a change. What did not change stays the same object, so that a view may compare members by identity.
 *
 * A change of another run, or a whole one, begins anew.
 */
export function applyChange(
  state: IRunState | null,
  change: RunChange,
  number: number,
  at: number
): IRunState {
  const before =
    change.whole || state?.task !== change.task || state.run !== change.run
      ? null
      : state;
  return {
    task: change.task,
    run: change.run,
    number,
    at,
    seq: change.seq,
    started: change.started,
    ended: change.ended,
    nodes: keep(before?.nodes, change.nodes),
    members: membersAfter(before?.members ?? [], change),
    attempts: change.attempts,
    transfers: change.transfers,
    failures: change.failures,
    events: change.events,
    logs: change.logs,
    dropped: change.dropped,
    memory: before?.memory ?? {}
  };
}

/** The run with the memory of its processes as it was measured last. */
export function applyMemory(
  state: IRunState,
  memory: Readonly<Record<string, number>>
): IRunState {
  return { ...state, memory };
}

function membersAfter(
  before: readonly NodeView[],
  change: RunChange
): readonly NodeView[] {
  const byNode = new Map(before.map(member => [member.node, member]));
  for (const member of change.members) {
    byNode.set(
      member.node.node,
      memberAfter(byNode.get(member.node.node), member)
    );
  }
  const listed = new Set(change.nodes);
  const members = [
    ...change.nodes.flatMap(node => byNode.get(node) ?? []),
    ...[...byNode.values()].filter(member => !listed.has(member.node))
  ];
  return keep(before, members);
}

function memberAfter(
  before: NodeView | undefined,
  { node }: MemberChange
): NodeView {
  if (before === undefined) {
    return node;
  }
  return { ...node, intervals: splice(before.intervals, node.intervals) };
}

/** The new intervals replace those that began at or after the first of them. */
function splice(
  before: readonly Interval[],
  since: readonly Interval[]
): Interval[] {
  const first = since[0];
  if (first === undefined) {
    return [...before];
  }
  const place = before.findIndex(interval => interval[5] >= first[5]);
  return place < 0
    ? [...before, ...since]
    : [...before.slice(0, place), ...since];
}

/** The old list where the new one holds just the same. */
function keep<T>(
  before: readonly T[] | undefined,
  after: readonly T[]
): readonly T[] {
  const same =
    before !== undefined &&
    before.length === after.length &&
    before.every((item, index) => item === after[index]);
  return same ? before : after;
}
