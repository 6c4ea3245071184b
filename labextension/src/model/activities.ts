/** What a node can do, and in which states it can be: one table, which all that is said, listed and drawn of them reads. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Activity } from '../hub/protocol';

type Words = (trans: TranslationBundle) => string;
type AgedWords = (trans: TranslationBundle, age: string) => string;

export interface IStateRule {
  readonly word: Words;
  /** As it stands in a sentence, where some languages have another word: `is training`, `failed while training`. */
  readonly doing?: Words;
  /** With how long it has been so, where there is little room; without: the word alone. */
  readonly short?: AgedWords;
  /** The same as a title, of what has no more to say. */
  readonly title?: AgedWords;
  /**
   * - `computes` and `moves` (data): it works, and something comes of it;
   * - `idle`: nothing will, for now;
   * - `ends`: its last;
   * - `out`: not what it does, but what the others make of it.
   */
  readonly kind: 'computes' | 'moves' | 'idle' | 'ends' | 'out';
  /** Where its lane stands in the strip of many nodes, from 0; what is worth a sentence before others. */
  readonly lane: number;
  /** Where such nodes are listed, from 0; a wait that is long is at `LONG_WAIT_ORDER`. */
  readonly order: number;
}

export type StateName = Activity | 'not up' | 'left out' | 'gone';

export const LONG_WAIT_ORDER = 3;

/** In the order in which their counts stand: problems first. */
export const STATES: Readonly<Record<StateName, IStateRule>> = {
  failed: {
    word: trans => trans.__('failed'),
    short: (trans, age) => trans.__('failed %1', age),
    kind: 'ends',
    lane: 10,
    order: 0
  },
  gone: {
    word: trans => trans.__('gone'),
    short: (trans, age) => trans.__('gone %1', age),
    kind: 'out',
    lane: 11,
    order: 1
  },
  'not up': {
    word: trans => trans.__('not up'),
    kind: 'out',
    lane: 12,
    order: 2
  },
  'left out': {
    word: trans => trans.__('left out'),
    kind: 'out',
    lane: 13,
    order: 4
  },
  training: {
    word: trans => trans.__('training'),
    doing: trans => trans._p('doing', 'training'),
    short: (trans, age) => trans.__('training %1', age),
    kind: 'computes',
    lane: 0,
    order: 5
  },
  receiving: {
    word: trans => trans.__('receiving'),
    doing: trans => trans._p('doing', 'receiving'),
    short: (trans, age) => trans.__('receiving %1', age),
    title: (trans, age) => trans.__('Receiving, %1', age),
    kind: 'moves',
    lane: 4,
    order: 5
  },
  sending: {
    word: trans => trans.__('sending'),
    doing: trans => trans._p('doing', 'sending'),
    short: (trans, age) => trans.__('sending %1', age),
    title: (trans, age) => trans.__('Sending, %1', age),
    kind: 'moves',
    lane: 3,
    order: 5
  },
  aggregating: {
    word: trans => trans.__('aggregating'),
    doing: trans => trans._p('doing', 'aggregating'),
    title: (trans, age) => trans.__('Aggregating, %1', age),
    kind: 'computes',
    lane: 1,
    order: 5
  },
  testing: {
    word: trans => trans.__('testing'),
    doing: trans => trans._p('doing', 'testing'),
    short: (trans, age) => trans.__('testing %1', age),
    title: (trans, age) => trans.__('Testing, %1', age),
    kind: 'computes',
    lane: 2,
    order: 5
  },
  custom: {
    word: trans => trans.__('own state'),
    kind: 'computes',
    lane: 5,
    order: 5
  },
  starting: {
    word: trans => trans.__('starting'),
    doing: trans => trans._p('doing', 'starting'),
    short: (trans, age) => trans.__('starting %1', age),
    kind: 'idle',
    lane: 7,
    order: 5
  },
  waiting: {
    word: trans => trans.__('waiting'),
    doing: trans => trans._p('doing', 'waiting'),
    short: (trans, age) => trans.__('waiting %1', age),
    kind: 'idle',
    lane: 6,
    order: 6
  },
  finished: {
    word: trans => trans.__('finished'),
    kind: 'ends',
    lane: 8,
    order: 7
  },
  stopped: {
    word: trans => trans.__('stopped'),
    kind: 'ends',
    lane: 9,
    order: 8
  }
};

export const STATE_NAMES = Object.keys(STATES) as readonly StateName[];

/** By their lanes. */
export const LANES: readonly StateName[] = [...STATE_NAMES].sort(
  (a, b) => STATES[a].lane - STATES[b].lane
);

/** Whether a node that does this computes or moves data. */
export function works(activity: StateName): boolean {
  const { kind } = STATES[activity];
  return kind === 'computes' || kind === 'moves';
}

/** Whether nothing comes after it. */
export function ends(activity: Activity): boolean {
  return STATES[activity].kind === 'ends';
}
