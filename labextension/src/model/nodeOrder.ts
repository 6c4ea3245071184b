/** In which order nodes are listed: problems first. Pure. */

import type { NodeView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { LONG_WAIT_ORDER, STATES } from './activities';
import { failurePlace } from './failures';
import { statusOf, type INodeStatus } from './nodes';

/** Failed, gone, not up, waiting long, left out, working, waiting, finished, stopped. */
export function rankOf({ name, long }: INodeStatus): number {
  return long ? LONG_WAIT_ORDER : STATES[name].order;
}

/** The members with the problems on top, those that failed in the order in which it is told; among equals their own order. */
export function problemsFirst(
  members: readonly NodeView[],
  run: IRunState,
  now: number
): NodeView[] {
  return members
    .map(member => ({ member, rank: rankOf(statusOf(member, run, now)) }))
    .sort(
      (a, b) => a.rank - b.rank || byFailure(a.member.node, b.member.node, run)
    )
    .map(({ member }) => member);
}

/** Which of two failed nodes comes first; 0: nothing is said of it. */
export function byFailure(one: string, other: string, run: IRunState): number {
  const [a, b] = [failurePlace(one, run), failurePlace(other, run)];
  return a === b ? 0 : a - b;
}
