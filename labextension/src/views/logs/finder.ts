/** The text filter of a view: looks in what is loaded, then in the hub, and at what comes. */

import type { IDisposable } from '@lumino/disposable';

import { messageOf } from '../../hub/errors';
import {
  expressionError,
  expressionFlags,
  hubLevel,
  hubNodes,
  hubText,
  literalTest,
  NO_TEXT,
  sameText,
  scopeTest,
  searchedText,
  type IScope,
  type ITextFilter
} from '../../model/filters';
import { asRecords, isDropped, type ILogRecord } from '../../model/records';
import { Matches } from '../../model/search';
import type { IHubApi } from '../../tokens';
import { Regexp, RegexpFailure } from './regexp';

/** How far the hub was searched. */
export interface ISearch {
  state: 'idle' | 'running' | 'done' | 'failed';
  /** Of what was asked for, from 0 to 1. */
  progress: number;
  /** What the hub said, for `failed`. */
  message: string;
}

/** Where a finder looks. */
export interface IGround {
  task: string;
  run: number;
  scope: IScope;
  /** The run's first and latest number, for the progress. */
  first: number;
  last: number;
  /** All there is is loaded. */
  complete: boolean;
  /** What is loaded, in order. */
  records(): Iterable<ILogRecord>;
}

/** Why a filter was not applied; the one before goes on. */
export type FilterProblem =
  | { kind: 'invalid'; message: string }
  | { kind: 'slow' }
  | { kind: 'unavailable'; message: string };

const IDLE: ISearch = { state: 'idle', progress: 0, message: '' };
const PAGE = 1000;

/** Fewer matches than fill a screen: the hub is searched without being told. */
export const SCREENFUL = 60;

export class Finder implements IDisposable {
  constructor(
    private readonly _api: IHubApi,
    private readonly _ground: () => IGround | null,
    private readonly _changed: () => void,
    private readonly _fail: (error: unknown) => void
  ) {}

  /** The filter in force; its text is empty: there is none. */
  filter: ITextFilter = NO_TEXT;
  /** Of `filter`. */
  matches = new Matches();
  /** Why the latest filter is not in force. */
  problem: FilterProblem | null = null;
  search: ISearch = IDLE;
  /** Records before this number are looked at: more of them move it. 0: it does not matter. */
  anchor = 0;
  /** By how many places what is at `anchor` has moved, in all. */
  shifted = 0;

  get active(): boolean {
    return this.filter.text !== '';
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Where a record's text matched, for expressions; null: not known. */
  placeOf(seq: number): readonly [number, number] | null {
    return this._places.get(seq) ?? null;
  }

  /** Apply a filter; again: to what is loaded by now. */
  async apply(filter: ITextFilter, again = false): Promise<void> {
    if (!again && this.problem === null && sameText(filter, this.filter)) {
      return;
    }
    this.stop();
    this._regexp.cancel();
    const attempt = ++this._attempt;
    this.problem = null;
    const message = expressionError(filter);
    if (message !== null) {
      this.problem = { kind: 'invalid', message };
      this._changed();
      return;
    }
    const loaded =
      filter.text === '' ? [] : [...(this._ground()?.records() ?? [])];
    const places = new Map<number, readonly [number, number]>();
    let found: ILogRecord[];
    try {
      found = await this._test(filter, loaded, places);
    } catch (error) {
      this._onFailure(error, attempt);
      return;
    }
    if (attempt !== this._attempt || this.isDisposed) {
      return;
    }
    this.filter = filter;
    this.matches = new Matches();
    this.matches.add(found);
    this._places = places;
    this.search = IDLE;
    if (this._ground()?.complete === true) {
      this.search = { state: 'done', progress: 1, message: '' };
    }
    this._changed();
    if (
      this.active &&
      found.length < SCREENFUL &&
      this.search.state !== 'done'
    ) {
      void this.searchHub(SCREENFUL);
    }
  }

  /** There is no filter, and nothing was found. */
  forget(): void {
    this.stop();
    this._regexp.cancel();
    this._attempt++;
    this.filter = NO_TEXT;
    this.matches = new Matches();
    this._places.clear();
    this.problem = null;
    this.search = IDLE;
  }

  /** Look at records that have come; tells how many of them match. */
  async take(records: readonly ILogRecord[]): Promise<number> {
    if (!this.active || records.length === 0) {
      return 0;
    }
    const attempt = this._attempt;
    const places = new Map<number, readonly [number, number]>();
    try {
      const found = await this._test(this.filter, records, places);
      if (attempt !== this._attempt || this.isDisposed) {
        return 0;
      }
      this._add(found, places);
      return found.length;
    } catch (error) {
      this._onFailure(error, attempt);
      return 0;
    }
  }

  /** Search the whole run in the hub, the newest first; with `enough`, only until so many matches are there. */
  async searchHub(enough = Infinity): Promise<void> {
    const ground = this._ground();
    if (!this.active || ground === null || this.search.state === 'running') {
      return;
    }
    const attempt = this._attempt;
    const controller = new AbortController();
    this._controller = controller;
    this._say('running', this.search.progress);
    const inScope = scopeTest(ground.scope);
    try {
      for (;;) {
        const page = await this._api.records(
          {
            task: ground.task,
            run: ground.run,
            ...hubNodes(ground.scope),
            kinds: ['log'],
            level: hubLevel(ground.scope),
            order: 'newest',
            before: this._before.get(attempt),
            limit: PAGE,
            ...hubText(this.filter)
          },
          controller.signal
        );
        if (attempt !== this._attempt || controller.signal.aborted) {
          return;
        }
        const places = new Map<number, readonly [number, number]>();
        let found = asRecords(page.rows).filter(inScope).reverse();
        if (this.filter.exclude) {
          found = await this._test(this.filter, found, places);
          if (attempt !== this._attempt) {
            return;
          }
        }
        this._add(found, places);
        this._before = new Map([[attempt, page.next]]);
        const progress =
          (ground.last - page.next) / Math.max(1, ground.last - ground.first);
        if (page.complete || this.matches.full) {
          this._say('done', 1);
          return;
        }
        const pause = this.matches.records.length >= enough;
        this._say(pause ? 'idle' : 'running', progress);
        if (pause) {
          return;
        }
      }
    } catch (error) {
      if (attempt === this._attempt && !controller.signal.aborted) {
        this.search = {
          ...this.search,
          state: 'failed',
          message: messageOf(error)
        };
        this._changed();
      }
    }
  }

  /** Stop searching the hub; it can go on where it stopped. */
  stop(): void {
    this._controller?.abort();
    this._controller = null;
    if (this.search.state === 'running') {
      this._say('idle', this.search.progress);
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._attempt++;
    this._controller?.abort();
    this._regexp.dispose();
  }

  /** Which of some records a filter lets through. */
  async test(
    filter: ITextFilter,
    records: readonly ILogRecord[]
  ): Promise<ILogRecord[]> {
    return this._test(filter, records, new Map());
  }

  private async _test(
    filter: ITextFilter,
    records: readonly ILogRecord[],
    places: Map<number, readonly [number, number]>
  ): Promise<ILogRecord[]> {
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
        places.set(record.seq, [begin, end]);
      }
    }
    return records.filter(
      (record, index) =>
        isDropped(record) || matching.has(index) !== filter.exclude
    );
  }

  private _onFailure(error: unknown, attempt: number): void {
    if (!(error instanceof RegexpFailure)) {
      this._fail(error);
    } else if (attempt === this._attempt) {
      const { reason, message } = error;
      this.problem =
        reason === 'superseded'
          ? null
          : reason === 'slow'
            ? { kind: reason }
            : { kind: reason, message };
      this._changed();
    }
  }

  private _add(
    found: readonly ILogRecord[],
    places: ReadonlyMap<number, readonly [number, number]>
  ): void {
    if (found.length > 0) {
      places.forEach((place, seq) => this._places.set(seq, place));
      this.shifted += this.matches.add(found, this.anchor);
      this._changed();
    }
  }

  private _say(state: ISearch['state'], progress: number): void {
    this.search = {
      state,
      progress: Math.min(1, Math.max(0, progress)),
      message: ''
    };
    this._changed();
  }

  private readonly _regexp = new Regexp();
  private _places = new Map<number, readonly [number, number]>();
  private _attempt = 0;
  private _controller: AbortController | null = null;
  /** Where an attempt's search goes on. */
  private _before = new Map<number, number>();
  private _isDisposed = false;
}
