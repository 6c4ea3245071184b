/** What it says of a node that waits. */

import type { NodeView } from '../../hub/protocol';
import type { IRunState } from '../../tokens';
import { awaitedOf } from '../awaits';
import { awaitedBy, isWaiting, waitsSince } from '../waits';
import type { Clause } from './clauses';

export function waitClause(
  member: NodeView,
  run: IRunState
): Extract<Clause, { kind: 'waits' }> {
  return {
    kind: 'waits',
    node: member.node,
    whom: awaitedBy(member, run),
    awaited: awaitedOf(member.wait?.what ?? ''),
    since: waitsSince(member)
  };
}

/** Those who wait. An aggregator speaks for the task. */
export function waiters(run: IRunState): NodeView[] {
  const waiting = run.members.filter(isWaiting);
  return [
    ...waiting.filter(({ role }) => role === 'aggregator'),
    ...waiting.filter(({ role }) => role !== 'aggregator')
  ];
}
