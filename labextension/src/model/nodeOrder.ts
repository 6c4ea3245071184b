/** In which order nodes are listed: problems first. Pure. */

import type { NodeView } from '../hub/protocol';
import type { IRunState } from '../tokens';
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

/** The members with the problems on top; among equals their own order. */
export function problemsFirst(
  members: readonly NodeView[],
  run: IRunState,
  now: number
): NodeView[] {
  return members
    .map((member, place) => ({
      member,
      place,
      rank: rankOf(statusOf(member, run, now))
    }))
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({ member }) => member);
}
