/** Words that several views share. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Activity } from '../../hub/protocol';
import { formatClock, splitDuration, wholeSeconds } from '../../model/format';
import { STATES, type StateName } from '../../model/activities';
import type { IRunState } from '../../tokens';

/** The word for a state of a node. */
export function stateWord(trans: TranslationBundle, name: StateName): string {
  return STATES[name].word(trans);
}

/** The word for what a node does, as it stands in a sentence. */
export function activityWord(
  trans: TranslationBundle,
  activity: Activity
): string {
  const { doing, word } = STATES[activity];
  return (doing ?? word)(trans);
}

/** The word for a role; a role that nobody knows stays as it is. */
export function roleWord(trans: TranslationBundle, role: string): string {
  switch (role) {
    case 'aggregator':
      return trans.__('aggregator');
    case 'data holder':
      return trans.__('data holder');
    default:
      return role;
  }
}

/** A duration in the user's language: `8.4 s`, `3 min 5 s`. */
export function durationText(
  trans: TranslationBundle,
  seconds: number
): string {
  const { value, unit, rest } = splitDuration(seconds);
  switch (unit) {
    case 'ms':
      return trans.__('%1 ms', value);
    case 's':
      return trans.__('%1 s', value);
    case 'min':
      return rest === 0
        ? trans.__('%1 min', value)
        : trans.__('%1 min %2 s', value, rest);
    case 'h':
      return rest === 0
        ? trans.__('%1 h', value)
        : trans.__('%1 h %2 min', value, rest);
  }
}

/** The same in whole seconds, for what goes on. */
export function ageText(trans: TranslationBundle, seconds: number): string {
  return durationText(trans, wholeSeconds(seconds));
}

/** When something happened: `12 s ago`, or, in a run that has ended, where the clock stands still, `at 10:24:25`. */
export function whenText(
  trans: TranslationBundle,
  at: number,
  now: number,
  run: IRunState
): string {
  return run.ended > 0
    ? trans.__('at %1', formatClock(at))
    : trans.__('%1 ago', ageText(trans, now - at));
}

/** In one unit, where there is little room: `4 s`, `3 min`, `2 h`. */
export function shortAge(trans: TranslationBundle, seconds: number): string {
  const { value, unit } = splitDuration(wholeSeconds(seconds));
  switch (unit) {
    case 'h':
      return trans.__('%1 h', value);
    case 'min':
      return trans.__('%1 min', value);
    default:
      return trans.__('%1 s', value);
  }
}

/** Why a node is gone, as `causeOf` tells it; what the hub says in other words stays as it is. */
export function causeText(trans: TranslationBundle, cause: string): string {
  switch (cause) {
    case 'its process ended':
      return trans.__('its process ended');
    case 'its kernel stopped':
      return trans.__('its kernel stopped');
    case 'connection lost':
      return trans.__('connection lost');
    case 'taken over':
      return trans.__('another process took over');
    default:
      return cause;
  }
}
