/** What it says of a node that waits. */

import type { NodeView } from '../../hub/protocol';
import type { IRunState } from '../../tokens';
import { ANYTHING, awaitedBy, isWaiting, waitsSince } from '../waits';
import type { Clause } from './clauses';

export function waitClause(
  member: NodeView,
  run: IRunState
): Extract<Clause, { kind: 'waits' }> {
  return {
    kind: 'waits',
    node: member.node,
    whom: awaitedBy(member, run),
    awaited: member.wait ?? ANYTHING,
    since: waitsSince(member)
  };
}

/** Those who wait. The one that leads speaks for the task. */
export function waiters(run: IRunState): NodeView[] {
  const waiting = run.members.filter(isWaiting);
  return [
    ...waiting.filter(({ leads }) => leads),
    ...waiting.filter(({ leads }) => !leads)
  ];
}
