/** Which records a text filter lets through, and where an expression matched in them. */

import type { IDisposable } from '@lumino/disposable';

import {
  expressionFlags,
  literalTest,
  searchedText,
  type ITextFilter
} from '../../../model/filters';
import { isDropped, type ILogRecord } from '../../../model/records';
import { MAX_MATCHES } from '../../../model/search';
import { Regexp } from './regexp';

/** One filter's test. Disposing of it gives up what is being tested. */
export class TextTest implements IDisposable {
  constructor(readonly filter: ITextFilter) {}

  get isDisposed(): boolean {
    return this._regexp.isDisposed;
  }

  dispose(): void {
    this._regexp.dispose();
  }

  /** Those of some records that pass. Rejects with `RegexpFailure`. */
  async passed(records: readonly ILogRecord[]): Promise<ILogRecord[]> {
    const { filter } = this;
    if (filter.text === '' || !filter.regex) {
      return records.filter(literalTest(filter));
    }
    const matches = await this._regexp.find(
      filter.text,
      expressionFlags(filter),
      records.map(searchedText)
    );
    const matching = new Set<number>();
    for (const { index, begin, end } of matches) {
      matching.add(index);
      const record = records[index];
      if (record !== undefined && !filter.exclude && end > begin) {
        this._keep(record.seq, [begin, end]);
      }
    }
    return records.filter(
      (record, index) =>
        isDropped(record) || matching.has(index) !== filter.exclude
    );
  }

  /** Where a record's text matched, for expressions; null: not known. */
  placeOf(seq: number): readonly [number, number] | null {
    return this._places.get(seq) ?? null;
  }

  private _keep(seq: number, place: readonly [number, number]): void {
    this._places.set(seq, place);
    const [oldest] = this._places.keys();
    if (this._places.size > MAX_MATCHES && oldest !== undefined) {
      this._places.delete(oldest);
    }
  }

  private readonly _regexp = new Regexp();
  private readonly _places = new Map<number, readonly [number, number]>();
}
