/** What the nodes of a run said they wait for, from their state records. Pure and incremental. */

import type { StateRow } from '../hub/protocol';
import { lowerBound } from './bisect';
import type { Shared } from './shared';
import type { IAwaited } from './waits';

/** What a node said it waits for, from `at` until its next one. */
export interface IWaitNote {
  readonly at: number;
  readonly seq: number;
  /** Empty: any node. */
  readonly whom: readonly string[];
  /** Null: it does not wait any more. */
  readonly awaited: IAwaited | null;
  /** When the wait began, by the node's clock: that tells it from the next one. */
  readonly since: number;
  readonly expected: number;
}

const NONE: readonly IWaitNote[] = [];

export class WaitNotes {
  constructor(private readonly _shared: Shared) {}

  /** What a node said, in order. */
  of(node: string): readonly IWaitNote[] {
    return this._notes.get(node) ?? NONE;
  }

  add(row: StateRow): void {
    const { wait } = row.body;
    const node = row.node ?? '';
    let notes = this._notes.get(node);
    if (notes === undefined) {
      notes = [];
      this._notes.set(node, notes);
    }
    const before = notes[notes.length - 1];
    if (wait === null || wait === undefined) {
      if (before !== undefined && before.awaited !== null) {
        notes.push({
          at: row.at,
          seq: row.seq,
          whom: [],
          awaited: null,
          since: 0,
          expected: 0
        });
      }
      return;
    }
    // A wait is told in full once, and then only with who arrived.
    const same =
      before !== undefined &&
      before.awaited !== null &&
      before.since === (wait.since ?? 0) &&
      (wait.whom ?? []).length === 0;
    if (!same) {
      notes.push({
        at: row.at,
        seq: row.seq,
        whom: this._shared.list(wait.whom ?? []),
        awaited: {
          kind: wait.kind ?? 'any',
          name: this._shared.text(wait.name ?? ''),
          round: wait.round ?? 0
        },
        since: wait.since ?? 0,
        expected: wait.expected ?? 0
      });
    }
  }

  private readonly _notes = new Map<string, IWaitNote[]>();
}

/** What a node waited for longest in a time; null: it did not say. */
export function longestWait(
  notes: readonly IWaitNote[],
  begin: number,
  end: number
): IWaitNote | null {
  const first = lowerBound(notes, note => note.at <= begin) - 1;
  let longest: IWaitNote | null = null;
  let most = 0;
  for (let place = Math.max(0, first); place < notes.length; place++) {
    const note = notes[place];
    if (note === undefined || note.at > end) {
      break;
    }
    const until = Math.min(notes[place + 1]?.at ?? Infinity, end);
    const took = until - Math.max(note.at, begin);
    if (note.awaited !== null && took > most) {
      longest = note;
      most = took;
    }
  }
  return longest;
}
