/** In which order nodes are listed: problems first. Pure. */

import type { NodeView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { failurePlace } from './failures';
import { statusOf, type INodeStatus, type StateName } from './nodes';

/** Problems first. */
export const STATE_ORDER: readonly StateName[] = [
  'failed',
  'gone',
  'not up',
  'left out',
  'training',
  'receiving',
  'sending',
  'aggregating',
  'testing',
  'custom',
  'starting',
  'waiting',
  'finished',
  'stopped'
];

/** Failed, gone, not up, waiting long, left out, working, waiting, finished, stopped. */
export function rankOf(status: INodeStatus): number {
  switch (status.name) {
    case 'failed':
      return 0;
    case 'gone':
      return 1;
    case 'not up':
      return 2;
    case 'waiting':
      return status.long ? 3 : 6;
    case 'left out':
      return 4;
    case 'finished':
      return 7;
    case 'stopped':
      return 8;
    default:
      return 5;
  }
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
