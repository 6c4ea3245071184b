/** The text filter of a view: looks in what is loaded, then in the hub, and at what comes. */

import type { IDisposable } from '@lumino/disposable';

import {
  expressionError,
  NO_TEXT,
  sameText,
  type ITextFilter
} from '../../../model/filters';
import type { ILogRecord } from '../../../model/records';
import { Matches, merge } from '../../../model/search';
import type { IHubApi } from '../../../tokens';
import { HubSearch, type ISearch, type ISearchGround } from './hubSearch';
import { RegexpFailure } from './regexp';
import { TextTest } from './textTest';

/** Where a finder looks. */
export interface IFinderGround extends ISearchGround {
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

/** Fewer matches than fill a screen: the hub is searched without being told. */
const SCREENFUL = 60;

export class Finder implements IDisposable {
  constructor(
    private readonly _api: IHubApi,
    private readonly _ground: () => IFinderGround | null,
    private readonly _changed: () => void,
    private readonly _fail: (error: unknown) => void
  ) {
    this._search = this._newSearch();
  }

  /** Why the latest filter is not in force. */
  problem: FilterProblem | null = null;
  /** Records before this number are looked at: more of them move it. 0: it does not matter. */
  anchor = 0;
  /** By how many places what is at `anchor` has moved, in all. */
  shifted = 0;

  /** The filter in force; its text is empty: there is none. */
  get filter(): ITextFilter {
    return this._test.filter;
  }

  /** What `filter` lets through. */
  get matches(): Matches {
    return this._matches;
  }

  get search(): ISearch {
    return this._search.state;
  }

  get active(): boolean {
    return this.filter.text !== '';
  }

  get isDisposed(): boolean {
    return this._test.isDisposed;
  }

  /** Where a record's text matched, for expressions; null: not known. */
  placeOf(seq: number): readonly [number, number] | null {
    return this._test.placeOf(seq);
  }

  /** Apply a filter; again: to what is loaded by now. The one before is in force until all of it is tested. */
  async apply(filter: ITextFilter, again = false): Promise<void> {
    const latest = (this._trial?.test ?? this._test).filter;
    if (!again && this.problem === null && sameText(filter, latest)) {
      return;
    }
    this._giveUp();
    this.problem = null;
    const message = expressionError(filter);
    if (message !== null) {
      this.problem = { kind: 'invalid', message };
    } else if (again || !sameText(filter, this.filter)) {
      await this._try(filter);
    }
    this._changed();
  }

  /** There is no filter, and nothing was found. */
  forget(): void {
    this._giveUp();
    this.problem = null;
    this._putInForce(new TextTest(NO_TEXT), []);
  }

  /** Look at records that have come; tells how many of them are shown: all, without a filter. */
  async take(records: readonly ILogRecord[]): Promise<number> {
    this._trial?.untested.push(...records);
    if (!this.active) {
      return records.length;
    }
    const test = this._test;
    try {
      const found = await test.passed(records);
      if (test !== this._test || test.isDisposed) {
        return 0;
      }
      this._add(found);
      return found.length;
    } catch (error) {
      this._onFailure(error, test);
      return 0;
    }
  }

  /** Search the whole run in the hub, the newest first; with `enough`, only until so many matches are there. */
  async searchHub(enough = Infinity): Promise<void> {
    const ground = this._ground();
    if (this.active && ground !== null) {
      await this._search.run(ground, enough);
    }
  }

  /** Stop searching the hub; it can go on where it stopped. */
  stop(): void {
    this._search.stop();
  }

  dispose(): void {
    this._giveUp();
    this._search.stop();
    this._test.dispose();
  }

  /** Test all that is loaded, and what comes meanwhile. */
  private async _try(filter: ITextFilter): Promise<void> {
    const test = new TextTest(filter);
    const loaded = filter.text === '' ? [] : (this._ground()?.records() ?? []);
    const trial = { test, untested: [...loaded] };
    this._trial = trial;
    let found: ILogRecord[] = [];
    try {
      while (this._trial === trial && trial.untested.length > 0) {
        const passed = await test.passed(trial.untested.splice(0));
        found = merge(found, passed);
      }
    } catch (error) {
      this._onFailure(error, test);
      return;
    }
    if (this._trial === trial) {
      this._trial = null;
      this._putInForce(test, found);
      if (this._ground()?.complete === true) {
        this._search.finish();
      } else if (this.active && found.length < SCREENFUL) {
        void this.searchHub(SCREENFUL);
      }
    }
  }

  private _putInForce(test: TextTest, found: readonly ILogRecord[]): void {
    this._search.stop();
    this._test.dispose();
    this._test = test;
    this._matches = new Matches();
    this._matches.add(found);
    this._search = this._newSearch();
  }

  private _newSearch(): HubSearch {
    return new HubSearch(
      this._api,
      this._test,
      this._matches,
      found => this._add(found),
      this._changed
    );
  }

  /** What is being tried is not wanted any more. */
  private _giveUp(): void {
    this._trial?.test.dispose();
    this._trial = null;
  }

  private _onFailure(error: unknown, test: TextTest): void {
    if (test.isDisposed) {
      return; // nobody wants to know any more
    }
    if (test === this._trial?.test) {
      this._giveUp();
    }
    if (!(error instanceof RegexpFailure)) {
      this._fail(error);
      return;
    }
    const { reason, message } = error;
    if (reason !== 'disposed') {
      this.problem =
        reason === 'slow' ? { kind: reason } : { kind: reason, message };
      this._changed();
    }
  }

  private _add(found: readonly ILogRecord[]): void {
    if (found.length > 0) {
      this.shifted += this._matches.add(found, this.anchor);
      this._changed();
    }
  }

  private _test = new TextTest(NO_TEXT);
  private _matches = new Matches();
  private _search: HubSearch;
  /** A filter that is not in force yet, and what it has still to test. */
  private _trial: { test: TextTest; untested: ILogRecord[] } | null = null;
}
