/**
 * The data streams that were taken, from the journal's offers: how much a bar of a node moved. Pure. (The hub itself counts rounds.)
 */

import type { OfferRow, Row } from '../hub/protocol';
import { lowerBound } from './bisect';

/** What a node sent and received in a time. */
export interface INodeBytes {
  sent: number;
  received: number;
}

export interface ITraffic {
  /** From `begin` on, before `end`: seconds. */
  during(node: string, begin: number, end: number): INodeBytes;
}

interface ITaken {
  seq: number;
  at: number;
  source: string;
  target: string;
  size: number;
}

export class Traffic implements ITraffic {
  /** Counts up with each change. */
  version = 0;

  clear(): void {
    this._taken = [];
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
      during: (node, begin, end) =>
        this._during(node, begin, end, this._place(number + 1))
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
    const last = lowerBound(this._taken, item => item.at < end);
    for (const taken of this._taken.slice(first, Math.min(last, limit))) {
      result.sent += taken.source === node ? taken.size : 0;
      result.received += taken.target === node ? taken.size : 0;
    }
    return result;
  }

  private _push(row: OfferRow): void {
    const { source, target, size = 0 } = row.body;
    this._taken.push({ seq: row.seq, at: row.at, source, target, size });
  }

  /** The place of the first one with at least this number. */
  private _place(seq: number): number {
    return lowerBound(this._taken, item => item.seq < seq);
  }

  private _taken: ITaken[] = [];
}
