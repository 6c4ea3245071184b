/** The rows that a Logs view can scroll through: records by place, or those that a text filter lets through. */

import type { IDisposable } from '@lumino/disposable';

import {
  isEmptyScope,
  scopeKey,
  type ITextFilter
} from '../../../model/filters';
import type { ILogRecord } from '../../../model/records';
import { indexFrom } from '../../../model/search';
import type { IRunModel } from '../../../tokens';
import { Bounds, type ILimits } from './bounds';
import { Changes } from './changes';
import { Finder, type IFinderGround } from './finder';
import { Places } from './places';
import type { IGround } from './lineReader';

/** What a view asks for. */
export interface IWish extends IGround, ILimits {
  text: ITextFilter;
}

export class LogSource implements IDisposable {
  constructor(model: IRunModel) {
    this._places = new Places(model, {
      arrived: (records, isNew) => {
        const counts = isNew && this._wish?.asOf === null;
        void this.finder.take(records).then(found => {
          this._fresh += counts && !this.followed ? found : 0;
          this._changes.emit();
        });
      },
      ready: () => void this._settle(),
      changed: this._changes.emit
    });
    this._bounds = new Bounds(this._places, this._changes.emit);
    this.finder = new Finder(
      model.federation.api,
      () => this._ground(),
      this._changes.emit,
      error => this._places.fail(error)
    );
  }

  readonly finder: Finder;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Grows with each change: for `useSyncExternalStore`. */
  get version(): () => number {
    return this._changes.version;
  }

  get subscribe(): (listener: () => void) => () => void {
    return this._changes.subscribe;
  }

  // -- how it stands -------------------------------------------------------------------------------------------------

  get state(): Places['state'] {
    const { state } = this._places;
    return state === 'ready' && !this._isSettled ? 'loading' : state;
  }

  /** What the hub said, for `failed`. */
  get message(): string {
    return this._places.message;
  }

  /** What went wrong while something was shown; null: nothing did. */
  get fault(): string | null {
    return this._places.fault;
  }

  /** How many records passed the filters while nobody followed. */
  get fresh(): number {
    return this._fresh;
  }

  /** Whether the newest records are looked at as they come. */
  get followed(): boolean {
    return this._followed;
  }

  set followed(followed: boolean) {
    this._followed = followed;
    if (followed) {
      this._fresh = 0;
    }
  }

  /** How many rows there are to scroll through. */
  get count(): number {
    // What was found before stays on screen while another scope is on its way.
    if (!this._isSettled && !this.finder.active) {
      return 0;
    }
    return Math.max(0, this._high - this._low);
  }

  /** How many records are held in this browser. */
  get loaded(): number {
    return this._places.lines.loaded;
  }

  /** Whether all records of the nodes and levels are held. */
  get complete(): boolean {
    return this._places.complete;
  }

  /** The highest number that has come. */
  get upto(): number {
    return this._places.lines.upto;
  }

  /** The record of a row; undefined: it is on its way. */
  at(index: number): ILogRecord | undefined {
    if (index < 0 || index >= this.count) {
      return undefined;
    }
    return this.finder.active
      ? this.finder.matches.records[this._low + index]
      : this._places.lines.at(this._low + index);
  }

  /** The row of a record; null: it is not held, or filtered out. */
  indexOf(seq: number): number | null {
    let place: number | null;
    if (this.finder.active) {
      const { records } = this.finder.matches;
      place = indexFrom(records, seq);
      place = records[place]?.seq === seq ? place : null;
    } else {
      place = this._places.lines.placeOf(seq);
    }
    return place === null || place < this._low || place >= this._high
      ? null
      : place - this._low;
  }

  /** The row of the first record with at least this number, if that is known here; null otherwise. */
  heldNear(seq: number): number | null {
    if (seq === 0 || this.count === 0) {
      return null;
    }
    return this.finder.active
      ? this._inside(indexFrom(this.finder.matches.records, seq))
      : this.indexOf(seq);
  }

  /** All that is held, in order. */
  records(): Iterable<ILogRecord> {
    return this._places.lines.records();
  }

  // -- what is wanted ------------------------------------------------------------------------------------------------

  /** Ask for something else. */
  ask(wish: IWish): void {
    const before = this._wish;
    this._wish = wish;
    const elsewhere =
      before === null || before.task !== wish.task || before.run !== wish.run;
    if (elsewhere) {
      this.finder.forget();
    }
    if (elsewhere || scopeKey(before.scope) !== scopeKey(wish.scope)) {
      this._fresh = 0;
      this._bounds.clear();
      void this._places.load(wish);
    } else {
      if (before.cleared !== wish.cleared || before.asOf !== wish.asOf) {
        this._fresh = 0;
        void this._bounds.find(wish);
      }
      if (this.state === 'ready') {
        void this.finder.apply(wish.text).then(this._changes.emit);
      }
    }
  }

  /** These rows are seen: fetch what of them is not here. */
  want(from: number, to: number): void {
    if (!this.finder.active) {
      this._places.want(this._low + from, this._low + to);
    }
  }

  /** The row of a record, which is fetched if need be; null: filtered out, or there is none. */
  async reveal(seq: number): Promise<number | null> {
    if (!this.finder.active && this._places.lines.placeOf(seq) === null) {
      await this._places.around(seq);
    }
    return this.indexOf(seq);
  }

  /** The row of the first record with at least this number, the last one if all are before it; null: there are no rows. */
  async near(seq: number): Promise<number | null> {
    if (this.count === 0) {
      return null;
    }
    if (this.finder.active) {
      return this._inside(indexFrom(this.finder.matches.records, seq));
    }
    const known = this._places.lines.placeOf(seq);
    return this._inside(known ?? (await this._places.countUpTo(seq - 1)));
  }

  /**
   * The row of the first record at or after a time, the last one if all are before it; null: there are no rows.
   *
   * @param hint - a number from about that time; 0: none is known.
   */
  async indexAt(at: number, hint = 0): Promise<number | null> {
    if (this.count === 0) {
      return null;
    }
    if (this.finder.active) {
      const { records } = this.finder.matches;
      const place = records.findIndex(record => record.at >= at);
      return this._inside(place < 0 ? this._high - 1 : place);
    }
    if (hint > 0 && this._places.lines.placeAt(at) === null) {
      await this._places.around(hint);
    }
    const place = await this._places.at(at, this._low, this._high);
    return place === null ? null : this._inside(place);
  }

  /** The hub is back: ask again for what failed. */
  retry(): void {
    this._places.retry();
    this._changes.emit();
  }

  /** Something that was asked of this source went wrong. */
  fail(error: unknown): void {
    this._places.fail(error);
  }

  dispose(): void {
    this._isDisposed = true;
    this._places.dispose();
    this.finder.dispose();
    this._changes.clear();
  }

  /** Apply all of the wish to what was loaded. */
  private async _settle(): Promise<void> {
    const { generation } = this._places;
    if (this._wish !== null) {
      await this._bounds.find(this._wish);
    }
    // The text may change while it is applied.
    let text: ITextFilter | null = null;
    while (
      this._wish !== null &&
      this._wish.text !== text &&
      generation === this._places.generation
    ) {
      text = this._wish.text;
      await this.finder.apply(text, true);
    }
    if (generation === this._places.generation) {
      this._settled = generation;
      this._changes.emit();
    }
  }

  /** What is loaded is shown as it was wished for. */
  private get _isSettled(): boolean {
    return this._settled === this._places.generation;
  }

  private get _low(): number {
    return this.finder.active
      ? indexFrom(this.finder.matches.records, (this._wish?.cleared ?? 0) + 1)
      : this._bounds.low;
  }

  private get _high(): number {
    const asOf = this._wish?.asOf ?? null;
    if (this.finder.active) {
      const { records } = this.finder.matches;
      return asOf === null ? records.length : indexFrom(records, asOf + 1);
    }
    return this._bounds.high;
  }

  private _inside(place: number): number {
    return Math.min(Math.max(place, this._low), this._high - 1) - this._low;
  }

  private _ground(): IFinderGround | null {
    const wish = this._wish;
    if (wish === null || isEmptyScope(wish.scope)) {
      return null;
    }
    const { task, run, scope } = wish;
    return {
      task,
      run,
      scope,
      first: this._places.run?.seq ?? 0,
      last: this.upto,
      complete: this.complete,
      records: () => this.records()
    };
  }

  private readonly _changes = new Changes();
  private readonly _places: Places;
  private readonly _bounds: Bounds;
  private _wish: IWish | null = null;
  /** For which generation of places `cleared`, `asOf` and the text are applied. */
  private _settled = -1;
  private _fresh = 0;
  private _followed = false;
  private _isDisposed = false;
}
