/** The state of a node in a few words, as lane heads and boxes show it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { STATES } from '../../model/activities';
import type { INodeStatus } from '../../model/nodes';
import type { IRunState } from '../../tokens';
import { shortAge } from './words';

/** `training 4 s`, `waits 12 s`, `not up`. */
export function shortState(
  trans: TranslationBundle,
  status: INodeStatus,
  now: number,
  run: IRunState
): string {
  const age = shortAge(trans, now - status.since);
  // What broke long ago is no news; a clock beside it would be noise. In a run that has ended the clock stands still.
  const old = run.ended > 0 || now - status.since >= 60;
  const { short, word } = STATES[status.name];
  const broke = status.name === 'failed' || status.name === 'gone';
  if (status.name === 'custom') {
    return status.detail;
  }
  if (status.long) {
    return trans.__('waits %1', age);
  }
  return short === undefined || (broke && old)
    ? word(trans)
    : short(trans, age);
}

/** The colour of the words: what is wrong, what is late, and all else. */
export function toneOf(status: INodeStatus): 'plain' | 'warning' | 'error' {
  switch (status.name) {
    case 'failed':
    case 'gone':
      return 'error';
    case 'not up':
    case 'left out':
      return 'warning';
    default:
      return status.long ? 'warning' : 'plain';
  }
}
