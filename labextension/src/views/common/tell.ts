/** The state of a node in a few words, as lane heads and boxes show it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { INodeStatus } from '../../model/nodes';
import type { IRunState } from '../../tokens';
import { shortAge, stateWord } from './words';

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
  switch (status.name) {
    case 'waiting':
      return status.long
        ? trans.__('waits %1', age)
        : trans.__('waiting %1', age);
    case 'custom':
      return status.detail;
    case 'training':
      return trans.__('training %1', age);
    case 'receiving':
      return trans.__('receiving %1', age);
    case 'sending':
      return trans.__('sending %1', age);
    case 'testing':
      return trans.__('testing %1', age);
    case 'starting':
      return trans.__('starting %1', age);
    case 'failed':
      return old ? stateWord(trans, 'failed') : trans.__('failed %1', age);
    case 'gone':
      return old ? stateWord(trans, 'gone') : trans.__('gone %1', age);
    default:
      return stateWord(trans, status.name);
  }
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
