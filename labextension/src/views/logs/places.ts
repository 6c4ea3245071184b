/**
 * The log records of one scope of a run by their place: counted, the newest fetched at first, others where they are seen,
 * and those that come appended.
 */

import type { IDisposable } from '@lumino/disposable';

import { isAway, messageOf } from '../../hub/errors';
import { reportFault } from '../../hub/faults';
import type { LinePage } from '../../hub/protocol';
import {
  expectedTotal,
  hubNodes,
  isEmptyScope,
  isWholeScope,
  scopeTest,
  type IScope
} from '../../model/filters';
import { BLOCK, Lines } from '../../model/lines';
import { asRecords, type ILogRecord } from '../../model/records';
import type { ILinesQuery, IRunModel, IRunState } from '../../tokens';
import { PageLoader } from './pages';

export interface IGround {
  task: string;
  run: number;
  scope: IScope;
}

/** So many records before the guessed end are in the first page, should the guess be too high. */
const MARGIN = 200;
/** So many of the newest records are fetched although nobody has looked at them yet. */
const AHEAD = 2000;

type IWhere = Pick<ILinesQuery, 'offset' | 'around' | 'limit'>;

export interface IPlacesEvents {
  /** Something is there that was not: older records in a page, or newer ones. */
  arrived(records: readonly ILogRecord[], isNew: boolean): void;
  /** The count and the newest records are there. */
  ready(): void;
  changed(): void;
}

export class Places implements IDisposable {
  constructor(
    private readonly _model: IRunModel,
    private readonly _events: IPlacesEvents
  ) {
    this._pages = new PageLoader(
      (offset, limit, signal) => this._page({ offset, limit }, signal),
      page => this._take(page.offset, asRecords(page.rows)),
      error => this.fail(error)
    );
  }

  state: 'loading' | 'ready' | 'failed' = 'loading';
  /** What the hub said, for `failed`. */
  message = '';
  /** What went wrong while something was shown, until it works again; null: nothing did. */
  fault: string | null = null;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** What is held. */
  get lines(): Lines {
    return this._lines;
  }

  /** All records of the scope are held: the hub knows of no other. */
  get complete(): boolean {
    return this.state === 'ready' && this._lines.loaded === this._lines.total;
  }

  /** Changes when places mean something else. */
  get generation(): number {
    return this._generation;
  }

  /** The run as it is now. */
  get run(): IRunState | null {
    const { live, shown } = this._model;
    return live?.run === this._ground?.run ? live : shown;
  }

  /** Hold another scope, or another run. It is ready at once if all of it is here already. */
  async load(ground: IGround): Promise<void> {
    const elsewhere =
      this._ground?.task !== ground.task || this._ground.run !== ground.run;
    const whole = elsewhere ? null : this._whole();
    this._ground = ground;
    await this._load(elsewhere, whole);
  }

  /** The hub is back: ask again for what failed. */
  retry(): void {
    this._setFault(null);
    if (this.state === 'failed') {
      void this._load(true, null);
    } else {
      this._pages.retry();
      this.want(...this._wanted);
    }
  }

  /** Something went wrong. That the hub is away is said elsewhere, and asked again when it is back. */
  fail(error: unknown): void {
    if (!isAway(error) && !this._isDisposed) {
      reportFault('Log records could not be shown.', error);
      this._setFault(messageOf(error));
    }
  }

  /** These places are seen: fetch what of them is not here. */
  want(from: number, to: number): void {
    this._wanted = [from, to];
    if (this.state === 'ready') {
      this._pages.want(this._lines.missing(from, to));
    }
  }

  /** Fetch the page around a record. */
  async around(seq: number): Promise<void> {
    const generation = this._generation;
    const page = await this._page({ around: seq, limit: BLOCK });
    if (generation === this._generation) {
      this._take(page.offset, asRecords(page.rows));
    }
  }

  /** How many records have a number up to this one. */
  async countUpTo(seq: number): Promise<number> {
    if (seq >= this._lines.upto) {
      return this._lines.total;
    }
    if (this.complete) {
      let count = 0;
      for (const record of this._lines.records()) {
        count += record.seq <= seq ? 1 : 0;
      }
      return count;
    }
    const page = await this._page({ around: seq + 1, limit: BLOCK });
    const later = page.rows.findIndex(row => row.seq > seq);
    return page.offset + (later < 0 ? page.rows.length : later);
  }

  /** The place of the first record at or after a time, among those from `low` to before `high`; null: others are meant now. */
  async at(time: number, low: number, high: number): Promise<number | null> {
    const known = this._lines.placeAt(time);
    if (known !== null) {
      return known;
    }
    const generation = this._generation;
    while (low < high - 1) {
      const middle = (low + high - 1) >> 1;
      const at = this._lines.at(middle)?.at ?? (await this._timeOf(middle));
      if (generation !== this._generation || at === null) {
        return null;
      }
      if (at < time) {
        low = middle + 1;
      } else {
        high = middle + 1;
      }
    }
    return low;
  }

  dispose(): void {
    this._isDisposed = true;
    this._generation++;
    this._follow?.dispose();
    this._pages.dispose();
  }

  // -- loading -------------------------------------------------------------------------------------------------------

  private async _load(elsewhere: boolean, whole: Lines | null): Promise<void> {
    const ground = this._ground;
    if (ground === null) {
      return;
    }
    const generation = ++this._generation;
    this._pages.clear();
    if (elsewhere) {
      this._follow?.dispose();
      this._follow = null;
      this._waiting = [];
      this._kept = null;
    }
    this._lines = new Lines();
    this._busy = true;
    this._recount = false;
    this._loaded = ground.scope;
    if (whole !== null) {
      // Everything is here: no need to wait for the hub.
      const records = [...whole.records()].filter(scopeTest(ground.scope));
      this._lines.count(records.length, whole.upto);
      this._lines.put(0, records);
      this.state = 'ready';
      this._events.ready();
    } else {
      this.state = 'loading';
      this._events.changed();
    }
    try {
      await this._first(ground, generation);
    } catch (error) {
      if (generation === this._generation) {
        this._busy = false;
        if (whole === null) {
          this.state = 'failed';
          this.message = messageOf(error);
        } else {
          this.state = 'ready';
          this.fail(error);
        }
        this._events.changed();
      }
    }
  }

  /** Get the newest page and the count, then what came meanwhile. */
  private async _first(ground: IGround, generation: number): Promise<void> {
    if (isEmptyScope(ground.scope)) {
      this._lines.count(0, Infinity);
      this._busy = false;
    } else {
      const guess = isWholeScope(ground.scope)
        ? (this.run?.logs ?? 0)
        : expectedTotal(ground.scope, this.run?.members ?? []);
      let offset = Math.max(0, guess - BLOCK + MARGIN);
      let page = await this._page({ offset, limit: BLOCK });
      if (page.rows.length === 0 && page.total > 0) {
        offset = Math.max(0, page.total - BLOCK);
        page = await this._page({ offset, limit: BLOCK });
      }
      if (generation !== this._generation) {
        return;
      }
      this._lines.count(page.total, page.number);
      this._lines.put(page.offset, asRecords(page.rows));
      this._catchUp();
    }
    this.state = 'ready';
    this._events.ready();
    this._listen(ground);
    this.want(...this._wanted);
    void this._before(generation).catch(error => this.fail(error));
  }

  /** A few pages before the newest one, for filters and for whoever scrolls up. */
  private async _before(generation: number): Promise<void> {
    const { total } = this._lines;
    const pages = this._lines.missing(Math.max(0, total - AHEAD), total);
    for (const [offset, limit] of pages.reverse()) {
      const page = await this._page({ offset, limit });
      if (generation !== this._generation) {
        return;
      }
      this._take(page.offset, asRecords(page.rows));
    }
  }

  private _take(offset: number, records: readonly ILogRecord[]): void {
    if (this._lines.put(offset, records)) {
      this._events.arrived(records, false);
      this.want(...this._wanted);
    }
  }

  private async _timeOf(place: number): Promise<number | null> {
    const page = await this._page({ offset: place, limit: 1 });
    return page.rows[0]?.at ?? null;
  }

  private async _page(where: IWhere, signal?: AbortSignal): Promise<LinePage> {
    const { api } = this._model.federation;
    const page = await api.lines(this._query(where), signal);
    this._setFault(null);
    return page;
  }

  private _setFault(fault: string | null): void {
    if (fault !== this.fault) {
      this.fault = fault;
      this._events.changed();
    }
  }

  private _query(where: IWhere): ILinesQuery {
    const { task = '', run = 0, scope } = this._ground ?? {};
    return {
      task,
      run,
      ...(scope === undefined ? {} : hubNodes(scope)),
      levels: scope?.levels ?? undefined,
      ...where
    };
  }

  /** The records of all nodes and levels, if all of them are held; null otherwise. */
  private _whole(): Lines | null {
    const scope = this._loaded;
    if (this.state === 'ready' && scope !== null && isWholeScope(scope)) {
      this._kept = this._busy ? null : this._lines;
    }
    if (this._kept !== null && this._kept.loaded < this._kept.total) {
      this._kept = null;
    }
    return this._kept;
  }

  // -- what comes ----------------------------------------------------------------------------------------------------

  private _listen(ground: IGround): void {
    if (this._follow !== null || this._isDisposed) {
      return;
    }
    const after = Number.isFinite(this._lines.upto)
      ? this._lines.upto
      : (this.run?.number ?? 0);
    let hub: string | null = null;
    this._follow = this._model.follow(
      { task: ground.task, run: ground.run, kinds: ['log'], after },
      {
        following: found => {
          if (hub !== null && hub !== found) {
            void this._load(true, null); // numbers of another hub mean nothing here
          }
          hub = found;
        },
        rows: (rows, _, skipped) => {
          if (skipped > 0) {
            this._skipped(skipped);
          }
          this._come(asRecords(rows));
        }
      }
    );
  }

  /** The hub left out some, since this browser was too slow. Their places stay empty until somebody looks. */
  private _skipped(count: number): void {
    const scope = this._ground?.scope;
    if (this._busy) {
      this._recount = true;
    } else if (scope !== undefined && isWholeScope(scope)) {
      this._lines.count(this._lines.total + count, this._lines.upto);
    } else {
      void this._countAgain();
    }
  }

  private _come(records: readonly ILogRecord[]): void {
    const last = records[records.length - 1];
    if (this._ground === null || last === undefined) {
      return;
    }
    if (this._busy) {
      this._waiting.push(...records);
      return;
    }
    if (this._kept !== null && this._kept !== this._lines) {
      this._kept.append(records);
    }
    if (!Number.isFinite(this._lines.upto)) {
      return; // nothing can pass
    }
    const passed = records.filter(scopeTest(this._ground.scope));
    const fresh = this._lines.append(passed);
    this._lines.count(this._lines.total, last.seq);
    if (fresh.length > 0) {
      this._events.arrived(fresh, true);
    }
    this.want(...this._wanted);
  }

  /** What came while the count was on its way. */
  private _catchUp(): void {
    this._busy = false;
    this._come(this._waiting.splice(0));
    if (this._recount) {
      this._recount = false;
      void this._countAgain();
    }
  }

  private async _countAgain(): Promise<void> {
    const generation = this._generation;
    this._busy = true;
    try {
      const page = await this._page({ offset: this._lines.total, limit: 1 });
      if (generation === this._generation) {
        this._lines.count(page.total, page.number);
      }
    } catch (error) {
      this.fail(error); // the next skip, or the next filter, counts again
    }
    if (generation === this._generation) {
      this._catchUp();
      this.want(...this._wanted);
      this._events.changed();
    }
  }

  private readonly _pages: PageLoader;
  private _ground: IGround | null = null;
  private _lines = new Lines();
  /** The scope of `_lines`. */
  private _loaded: IScope | null = null;
  private _kept: Lines | null = null;
  private _follow: IDisposable | null = null;
  /** Records that came while the count was on its way. */
  private _waiting: ILogRecord[] = [];
  private _busy = false;
  private _recount = false;
  private _wanted: [number, number] = [0, 0];
  private _generation = 0;
  private _isDisposed = false;
}
