/**
 * The log records of one scope of a run by their place: counted, the newest fetched at first, others where they are seen,
 * and those that come appended.
 */

import type { IDisposable } from '@lumino/disposable';

import { messageOf } from '../../../hub/errors';
import {
  expectedTotal,
  isEmptyScope,
  isWholeScope,
  scopeTest,
  type IScope
} from '../../../model/filters';
import { BLOCK, Lines } from '../../../model/lines';
import { asRecords, type ILogRecord } from '../../../model/records';
import type { IRunModel, IRunState } from '../../../tokens';
import { Incoming } from './incoming';
import { PageLoader } from './pages';
import { countUpTo, placeAtTime } from './placeSearch';
import { LineReader, type IGround } from './lineReader';

/** So many of the newest records are fetched although nobody has looked at them yet. */
const AHEAD = 2000;

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
    this._reader = new LineReader(_model.federation.api, () =>
      _events.changed()
    );
    this._pages = new PageLoader(
      (offset, limit, signal) => this._reader.page({ offset, limit }, signal),
      page => this._take(page.offset, asRecords(page.rows)),
      error => this.fail(error)
    );
    this._incoming = new Incoming(_model, {
      come: records => this._come(records),
      skipped: count => this._skipped(count),
      replaced: () => void this._load(true, null)
    });
  }

  state: 'loading' | 'ready' | 'failed' = 'loading';
  /** What the hub said, for `failed`. */
  message = '';

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** What went wrong while something was shown, until it works again; null: nothing did. */
  get fault(): string | null {
    return this._reader.fault;
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
    return live?.run === this._reader.ground?.run ? live : shown;
  }

  /** Hold another scope, or another run. It is ready at once if all of it is here already. */
  async load(ground: IGround): Promise<void> {
    const elsewhere =
      this._reader.ground?.task !== ground.task ||
      this._reader.ground.run !== ground.run;
    const whole = elsewhere ? null : this._whole();
    this._reader.ground = ground;
    await this._load(elsewhere, whole);
  }

  /** The hub is back: ask again for what failed. */
  retry(): void {
    this._reader.clear();
    if (this.state === 'failed') {
      void this._load(true, null);
    } else {
      this._pages.retry();
      this.want(...this._wanted);
    }
  }

  /** Something went wrong. */
  fail(error: unknown): void {
    if (!this._isDisposed) {
      this._reader.fail(error);
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
    const page = await this._reader.page({ around: seq, limit: BLOCK });
    if (generation === this._generation) {
      this._take(page.offset, asRecords(page.rows));
    }
  }

  /** How many records have a number up to this one. */
  countUpTo(seq: number): Promise<number> {
    return countUpTo(this._lines, seq, this._reader);
  }

  /** The place of the first record at or after a time, among those from `low` to before `high`; null: others are meant now. */
  at(time: number, low: number, high: number): Promise<number | null> {
    const generation = this._generation;
    return placeAtTime(this._lines, time, [low, high], async place => {
      const page = await this._reader.page({ offset: place, limit: 1 });
      return generation === this._generation ? page.rows[0]?.at : undefined;
    });
  }

  dispose(): void {
    this._isDisposed = true;
    this._generation++;
    this._incoming.dispose();
    this._pages.dispose();
  }

  // -- loading -------------------------------------------------------------------------------------------------------

  private async _load(elsewhere: boolean, whole: Lines | null): Promise<void> {
    const ground = this._reader.ground;
    if (ground === null) {
      return;
    }
    const generation = ++this._generation;
    this._pages.clear();
    if (elsewhere) {
      this._incoming.stop();
      this._kept = null;
    }
    this._lines = new Lines();
    this._incoming.hold();
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
        if (whole === null) {
          this._incoming.stop();
          this.state = 'failed';
          this.message = messageOf(error);
        } else {
          this._incoming.release();
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
    } else {
      const page = await this._reader.newest(this._expected(ground.scope));
      if (generation !== this._generation) {
        return;
      }
      this._lines.count(page.total, page.number);
      this._lines.put(page.offset, asRecords(page.rows));
    }
    this._incoming.release();
    this.state = 'ready';
    this._events.ready();
    const { upto } = this._lines;
    const after = Number.isFinite(upto) ? upto : (this.run?.number ?? 0);
    this._incoming.listen(ground.task, ground.run, after);
    this.want(...this._wanted);
    void this._before(generation).catch(error => this.fail(error));
  }

  private _expected(scope: IScope): number {
    return isWholeScope(scope)
      ? (this.run?.logs ?? 0)
      : expectedTotal(scope, this.run?.members ?? []);
  }

  /** A few pages before the newest one, for filters and for whoever scrolls up. */
  private async _before(generation: number): Promise<void> {
    const { total } = this._lines;
    const pages = this._lines.missing(Math.max(0, total - AHEAD), total);
    for (const [offset, limit] of pages.reverse()) {
      const page = await this._reader.page({ offset, limit });
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

  /** The records of all nodes and levels, if all of them are held; null otherwise. */
  private _whole(): Lines | null {
    const scope = this._reader.ground?.scope;
    if (this.state === 'ready' && scope !== undefined && isWholeScope(scope)) {
      this._kept = this._incoming.isHeld ? null : this._lines;
    }
    if (this._kept !== null && this._kept.loaded < this._kept.total) {
      this._kept = null;
    }
    return this._kept;
  }

  // -- what comes ----------------------------------------------------------------------------------------------------

  /** The places of what was left out stay empty until somebody looks. */
  private _skipped(count: number | null): void {
    if (this._kept !== this._lines) {
      this._kept = null; // it lacks them
    }
    const scope = this._reader.ground?.scope;
    if (scope === undefined || isEmptyScope(scope)) {
      return;
    }
    if (count !== null && isWholeScope(scope)) {
      this._lines.count(this._lines.total + count, this._lines.upto);
    } else {
      void this._countAgain();
    }
  }

  private _come(records: readonly ILogRecord[]): void {
    const last = records[records.length - 1];
    if (this._reader.ground === null || last === undefined) {
      return;
    }
    if (this._kept !== null && this._kept !== this._lines) {
      this._kept.append(records);
    }
    if (!Number.isFinite(this._lines.upto)) {
      return; // nothing can pass
    }
    const passed = records.filter(scopeTest(this._reader.ground.scope));
    const fresh = this._lines.append(passed);
    this._lines.count(this._lines.total, last.seq);
    if (fresh.length > 0) {
      this._events.arrived(fresh, true);
    }
    this.want(...this._wanted);
  }

  private async _countAgain(): Promise<void> {
    const generation = this._generation;
    this._incoming.hold();
    try {
      const page = await this._reader.page({
        offset: this._lines.total,
        limit: 1
      });
      if (generation === this._generation) {
        this._lines.count(page.total, page.number);
      }
    } catch (error) {
      this.fail(error); // the next skip, or the next filter, counts again
    }
    if (generation === this._generation) {
      this._incoming.release();
      this.want(...this._wanted);
      this._events.changed();
    }
  }

  private readonly _reader: LineReader;
  private readonly _pages: PageLoader;
  private readonly _incoming: Incoming;
  private _lines = new Lines();
  /** The records of all nodes and levels, when that scope was left. */
  private _kept: Lines | null = null;
  private _wanted: [number, number] = [0, 0];
  private _generation = 0;
  private _isDisposed = false;
}
