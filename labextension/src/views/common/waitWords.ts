/** The words for what a node waits for: the one place that has them. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IAwaited } from '../../model/waits';

/**
 * Of one wait. %1: who waits; %2: for whom; %3: the name of the message or stream; %4: the round; %5: how long;
 * %6: for how many nodes.
 */
export interface IWaitPhrases {
  sentence: string;
  /** As the state of the node, whose name stands beside it. */
  title: string;
  /** Shown for %3 where that is not the name of what is awaited: what it answers. */
  name?: string;
}

/** `count`: of the nodes that are awaited, as far as they are known. */
export function waitPhrases(
  trans: TranslationBundle,
  { kind, name }: IAwaited,
  count: number
): IWaitPhrases {
  if (count === 0) {
    return kind === 'any'
      ? {
          sentence: trans.__('%1 waits for any message, %5.'),
          title: trans.__('Waits for any message, %5')
        }
      : {
          sentence: trans.__('%1 waits for %3, %5.'),
          title: trans.__('Waits for %3, %5')
        };
  }
  switch (kind === 'join' || kind === 'any' ? kind : `${kind} ${name}`) {
    case 'join':
      return {
        sentence: trans.__('%1 waits for %2 to check in, %5.'),
        title: trans.__('Waits for %2 to check in, %5')
      };
    case 'any':
      return {
        sentence: trans.__('%1 waits for any message of %2, %5.'),
        title: trans.__('Waits for any message of %2, %5')
      };
    case 'message announce_task':
      return {
        sentence: trans.__('%1 waits for %2 to announce the task, %5.'),
        title: trans.__('Waits for %2 to announce the task, %5')
      };
    case 'message sync_state':
    case 'message start_round':
      return {
        sentence: trans.__('%1 waits for %2 to start round %4, %5.'),
        title: trans.__('Waits for %2 to start round %4, %5')
      };
    case 'message sync_state_response':
      return {
        sentence: trans.__('%1 waits for %2 to answer %3 in round %4, %5.'),
        title: trans.__('Waits for %2 to answer in round %4, %5'),
        name: 'sync_state'
      };
    case 'message close_round':
      return {
        sentence: trans.__('%1 waits for %2 to close round %4, %5.'),
        title: trans.__('Waits for %2 to close round %4, %5')
      };
    case 'stream parameters':
      return {
        sentence: trans.__(
          '%1 waits for the parameters of %2 in round %4, %5.'
        ),
        title: trans.__('Waits for the parameters of %2, %5')
      };
    case 'stream update':
      return {
        sentence: trans.__('%1 waits for the update of %2 in round %4, %5.'),
        title:
          count === 1
            ? trans.__('Waits for the update of %2, %5')
            : trans.__('Waits for %6 updates, %5')
      };
    default:
      return {
        sentence: trans.__('%1 waits for %2: %3, %5.'),
        title: trans.__('Waits for %2, %5')
      };
  }
}

/** A phrase with plain texts in its places. */
export function filled(text: string, parts: readonly string[]): string {
  return text.replace(/%(\d)/g, (_, place) => parts[Number(place) - 1] ?? '');
}

/** What a wait is about; names of events stay as they are. */
export function awaitedText(
  trans: TranslationBundle,
  { kind, name, round }: IAwaited
): string {
  switch (kind === 'any' ? kind : `${kind} ${name}`) {
    case 'any':
      return trans.__('any message');
    case 'stream update':
      return trans.__('update of round %1', round);
    case 'stream parameters':
      return trans.__('parameters of round %1', round);
    default:
      return round > 0 ? trans.__('%1 of round %2', name, round) : name;
  }
}
