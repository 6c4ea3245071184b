/**
 * Log records by their place in the run (or among those of a scope), of which only some are held.
 *
 * Places are for ever: the journal only grows, so a record that was at place 7 stays there. What nobody looks at is
 * forgotten, in blocks, the longest unseen first, and fetched again when it is seen.
 */

import type { ILogRecord } from './records';

export const BLOCK = 500;

interface IBlock {
  records: (ILogRecord | undefined)[];
  held: number;
  /** When it was last seen: a number that only grows. */
  used: number;
}

export class Lines {
  /** `capacity`: so many records are held at most. */
  constructor(capacity = 30_000) {
    this._capacity = capacity;
  }

  /** How many there are, held or not. */
  get total(): number {
    return this._total;
  }

  /** How many are held. */
  get loaded(): number {
    return this._loaded;
  }

  /** The journal number up to which `total` counts. */
  get upto(): number {
    return this._upto;
  }

  /** The record at a place; undefined: it is not held. */
  at(place: number): ILogRecord | undefined {
    return this._blocks.get(Math.floor(place / BLOCK))?.records[place % BLOCK];
  }

  /** Say how many there are as of a journal number. */
  count(total: number, upto: number): void {
    if (total < this._total) {
      for (const [index, block] of this._blocks) {
        if ((index + 1) * BLOCK > total) {
          this._forget(index, block);
        }
      }
    }
    this._total = total;
    this._upto = Math.max(upto, this._upto);
  }

  /** Keep a page whose first record is at `offset`. Tells whether that changed anything. */
  put(offset: number, records: readonly ILogRecord[]): boolean {
    let changed = false;
    records.forEach((record, index) => {
      if (offset + index < this._total) {
        changed = this._set(offset + index, record) || changed;
      }
    });
    this._trim();
    return changed;
  }

  /** Keep records that have just come, in order; those that `total` counts already are left out. Tells which were new. */
  append(records: readonly ILogRecord[]): ILogRecord[] {
    const fresh = records.filter(record => record.seq > this._upto);
    for (const record of fresh) {
      this._set(this._total, record);
      this._total++;
      this._upto = record.seq;
    }
    this._trim();
    return fresh;
  }

  /** The places of a range that are not held, as pages of at most a block: [offset, count]. */
  missing(from: number, to: number): [number, number][] {
    const pages: [number, number][] = [];
    const end = Math.min(to, this._total);
    for (
      let index = Math.floor(Math.max(0, from) / BLOCK);
      index * BLOCK < end;
      index++
    ) {
      const first = index * BLOCK;
      const size = Math.min(BLOCK, this._total - first);
      const block = this._blocks.get(index);
      if (block !== undefined) {
        block.used = ++this._clock;
      }
      if (block === undefined || block.held < size) {
        // The page goes from the first gap to the last one.
        let low = 0;
        let high = size;
        if (block !== undefined) {
          while (low < size && block.records[low] !== undefined) {
            low++;
          }
          while (high > low && block.records[high - 1] !== undefined) {
            high--;
          }
        }
        pages.push([first + low, high - low]);
      }
    }
    return pages;
  }

  /** Held records in order of their places. */
  *records(): Generator<ILogRecord> {
    for (const index of this._order()) {
      for (const record of this._blocks.get(index)?.records ?? []) {
        if (record !== undefined) {
          yield record;
        }
      }
    }
  }

  /** The place of a record that is held; null: it is not. */
  placeOf(seq: number): number | null {
    for (const [index, block] of this._blocks) {
      const first = block.records.find(record => record !== undefined);
      if (first !== undefined && first.seq <= seq) {
        const at = block.records.findIndex(record => record?.seq === seq);
        if (at >= 0) {
          return index * BLOCK + at;
        }
      }
    }
    return null;
  }

  /**
   * The place of the first held record that is not before a time, if the record before it is held too (or it is the
   * very first): then no other comes before it. Null: not known here.
   */
  placeAt(at: number): number | null {
    let before: ILogRecord | undefined;
    let beforePlace = -1;
    for (const index of this._order()) {
      const records = this._blocks.get(index)?.records ?? [];
      for (let offset = 0; offset < records.length; offset++) {
        const record = records[offset];
        if (record === undefined) {
          continue;
        }
        const place = index * BLOCK + offset;
        if (record.at >= at) {
          return place === 0 ||
            (before !== undefined && beforePlace === place - 1)
            ? place
            : null;
        }
        before = record;
        beforePlace = place;
      }
    }
    return beforePlace === this._total - 1 && beforePlace >= 0
      ? beforePlace
      : null;
  }

  private _order(): number[] {
    return [...this._blocks.keys()].sort((one, other) => one - other);
  }

  private _set(place: number, record: ILogRecord): boolean {
    const index = Math.floor(place / BLOCK);
    let block = this._blocks.get(index);
    if (block === undefined) {
      block = { records: [], held: 0, used: ++this._clock };
      this._blocks.set(index, block);
    }
    if (block.records[place % BLOCK] !== undefined) {
      return false;
    }
    block.records[place % BLOCK] = record;
    block.held++;
    this._loaded++;
    return true;
  }

  private _trim(): void {
    while (this._loaded > this._capacity && this._blocks.size > 1) {
      let oldest: [number, IBlock] | null = null;
      for (const entry of this._blocks) {
        if (oldest === null || entry[1].used < oldest[1].used) {
          oldest = entry;
        }
      }
      if (oldest === null) {
        return;
      }
      this._forget(...oldest);
    }
  }

  private _forget(index: number, block: IBlock): void {
    this._blocks.delete(index);
    this._loaded -= block.held;
  }

  private readonly _capacity: number;
  private readonly _blocks = new Map<number, IBlock>();
  private _total = 0;
  private _loaded = 0;
  private _upto = 0;
  private _clock = 0;
}
