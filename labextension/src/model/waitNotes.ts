/** What the nodes of a run said they wait for, from their state records. Pure and incremental. */

import type { StateRow } from '../hub/protocol';
import { lowerBound } from './bisect';
import type { Shared } from './shared';

/** What a node said it waits for, from `at` until its next one. */
export interface IWaitNote {
  readonly at: number;
  readonly seq: number;
  /** Empty: any node. */
  readonly whom: readonly string[];
  readonly what: string;
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
      if (before !== undefined && !isNothing(before)) {
        notes.push({
          at: row.at,
          seq: row.seq,
          whom: [],
          what: '',
          expected: 0
        });
      }
      return;
    }
    // A wait is told in full once, and then only with who arrived.
    const same =
      before !== undefined &&
      (wait.what ?? '') === '' &&
      (wait.whom ?? []).length === 0;
    if (!same) {
      notes.push({
        at: row.at,
        seq: row.seq,
        whom: this._shared.list(wait.whom ?? []),
        what: this._shared.text(wait.what ?? ''),
        expected: wait.expected ?? 0
      });
    }
  }

  private readonly _notes = new Map<string, IWaitNote[]>();
}

/** A node that waits for nothing. */
function isNothing(note: IWaitNote): boolean {
  return note.what === '' && note.whom.length === 0 && note.expected === 0;
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
    if (note.what !== '' && took > most) {
      longest = note;
      most = took;
    }
  }
  return longest;
}
