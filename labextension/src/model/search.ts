/**
 * The records that a text filter lets through: found in what is loaded, in what the hub's search brings, and in what
 * comes live; in one order, each once.
 */

import { lowerBound } from './bisect';
import type { ILogRecord } from './records';

export const MAX_MATCHES = 20_000;

/** Two lists in the order of their numbers as one; of equal numbers, the first list's record. */
export function merge(
  one: readonly ILogRecord[],
  other: readonly ILogRecord[]
): ILogRecord[] {
  const result: ILogRecord[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const a = one[i];
    const b = other[j];
    if (a === undefined && b === undefined) {
      return result;
    }
    if (b === undefined || (a !== undefined && a.seq <= b.seq)) {
      if (a !== undefined) {
        result.push(a);
      }
      i++;
      if (a?.seq === b?.seq) {
        j++;
      }
    } else {
      result.push(b);
      j++;
    }
  }
}

/** The index of the first record with at least this number; the length: there is none. */
export function indexFrom(records: readonly ILogRecord[], seq: number): number {
  return lowerBound(records, record => record.seq < seq);
}

/** The number next to `seq` among numbers in order, around the end; null: there is none. */
export function neighbour(
  seqs: readonly number[],
  seq: number,
  step: 1 | -1
): number | null {
  if (seqs.length === 0) {
    return null;
  }
  const found =
    step === 1
      ? seqs.find(other => other > seq)
      : [...seqs].reverse().find(other => other < seq);
  return found ?? seqs[step === 1 ? 0 : seqs.length - 1] ?? null;
}

/** Matches in order, at most so many: the oldest go first. */
export class Matches {
  constructor(limit = MAX_MATCHES) {
    this._limit = limit;
  }

  get records(): readonly ILogRecord[] {
    return this._records;
  }

  /** Whether older ones were left out. */
  get full(): boolean {
    return this._full;
  }

  /** Records in order, of which some may be here already. Tells how many were put before `seq`. */
  add(records: readonly ILogRecord[], seq = 0): number {
    if (records.length === 0) {
      return 0;
    }
    const before = indexFrom(this._records, seq);
    const last = this._records[this._records.length - 1];
    const first = records[0];
    if (last === undefined || (first !== undefined && first.seq > last.seq)) {
      this._records = [...this._records, ...records];
    } else {
      this._records = merge(this._records, records);
    }
    const surplus = this._records.length - this._limit;
    if (surplus > 0) {
      this._records = this._records.slice(surplus);
      this._full = true;
    }
    return indexFrom(this._records, seq) - before;
  }

  private readonly _limit: number;
  private _records: readonly ILogRecord[] = [];
  private _full = false;
}
