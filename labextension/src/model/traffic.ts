/**
 * The data streams that were taken, from the journal's offers: how much a round, or a bar, moved. Pure.
 */

import type { OfferRow, Row } from '../hub/protocol';

/** What moved between two numbers of the journal. */
export interface IMoved {
  offers: number;
  bytes: number;
  /** From how many nodes this one took something. */
  updatesTo(node: string): number;
}

/** What a node sent and received in a time. */
export interface INodeBytes {
  sent: number;
  received: number;
}

export interface ITraffic {
  /** From `begin` on, before `end`. */
  between(begin: number, end: number): IMoved;
  during(node: string, begin: number, end: number): INodeBytes;
}

interface ITaken {
  seq: number;
  at: number;
  source: string;
  target: string;
  size: number;
  /** Bytes of all before it. */
  before: number;
}

export class Traffic implements ITraffic {
  /** Counts up with each change. */
  version = 0;

  clear(): void {
    this._taken = [];
    this._total = 0;
    this.version += 1;
  }

  /** Rows in the order of their numbers; those that are no taken offers are passed over. */
  add(rows: readonly Row[]): void {
    for (const row of rows) {
      if (row.kind === 'offer' && row.body.state === 'taken') {
        this._push(row);
      }
    }
    this.version += 1;
  }

  /** The same as of a number. */
  asOf(number: number | null): ITraffic {
    if (number === null) {
      return this;
    }
    return {
      between: (begin, end) => this.between(begin, Math.min(end, number + 1)),
      during: (node, begin, end) =>
        this._during(node, begin, end, this._place(number + 1))
    };
  }

  between(begin: number, end: number): IMoved {
    const first = this._place(begin);
    const last = Math.max(first, this._place(end));
    return {
      offers: last - first,
      bytes: this._before(last) - this._before(first),
      updatesTo: node => {
        const sources = new Set<string>();
        for (const taken of this._taken.slice(first, last)) {
          if (taken.target === node && taken.source !== node) {
            sources.add(taken.source);
          }
        }
        return sources.size;
      }
    };
  }

  during(node: string, begin: number, end: number): INodeBytes {
    return this._during(node, begin, end, this._taken.length);
  }

  private _during(
    node: string,
    begin: number,
    end: number,
    limit: number
  ): INodeBytes {
    const result = { sent: 0, received: 0 };
    const first = lowerBound(this._taken, item => item.at < begin);
    const last = lowerBound(this._taken, item => item.at <= end);
    for (const taken of this._taken.slice(first, Math.min(last, limit))) {
      result.sent += taken.source === node ? taken.size : 0;
      result.received += taken.target === node ? taken.size : 0;
    }
    return result;
  }

  private _push(row: OfferRow): void {
    const { source, target, size = 0 } = row.body;
    const before = this._total;
    this._taken.push({
      seq: row.seq,
      at: row.at,
      source,
      target,
      size,
      before
    });
    this._total += size;
  }

  private _before(place: number): number {
    return this._taken[place]?.before ?? this._total;
  }

  /** The place of the first one with at least this number. */
  private _place(seq: number): number {
    return lowerBound(this._taken, item => item.seq < seq);
  }

  private _taken: ITaken[] = [];
  private _total = 0;
}

function lowerBound<T>(
  items: readonly T[],
  before: (item: T) => boolean
): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && before(item)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
