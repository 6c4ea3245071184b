/** The log records of a run as the hub accepts them, held back while what they add to is still on its way. */

import type { IDisposable } from '@lumino/disposable';

import { asRecords, type ILogRecord } from '../../../model/records';
import type { IRunModel } from '../../../tokens';

export interface IIncomingEvents {
  come(records: readonly ILogRecord[]): void;
  /** The hub left out some, since this browser was too slow; null: who counts now has counted some of them, or all. */
  skipped(count: number | null): void;
  /** It is another hub, whose numbers mean something else. */
  replaced(): void;
}

export class Incoming implements IDisposable {
  constructor(
    private readonly _model: IRunModel,
    private readonly _events: IIncomingEvents
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether they are held back. */
  get isHeld(): boolean {
    return this._held !== null;
  }

  /** Follow a run from a number on, if no run is followed yet. */
  listen(task: string, run: number, after: number): void {
    if (this._follow !== null || this._isDisposed) {
      return;
    }
    let hub: string | null = null;
    this._follow = this._model.follow(
      { task, run, kinds: ['log'], after },
      {
        following: found => {
          if (hub !== null && hub !== found) {
            this._events.replaced();
          }
          hub = found;
        },
        rows: (rows, _, skipped) => this._rows(asRecords(rows), skipped)
      }
    );
  }

  /** Follow nothing, and forget what is held back. */
  stop(): void {
    this._follow?.dispose();
    this._follow = null;
    if (this._held !== null) {
      this._held = { records: [], hasGaps: false };
    }
  }

  hold(): void {
    this._held ??= { records: [], hasGaps: false };
  }

  /** Tell of what was held back. */
  release(): void {
    const held = this._held;
    this._held = null;
    if (held !== null) {
      this._events.come(held.records);
      if (held.hasGaps) {
        this._events.skipped(null);
      }
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this.stop();
  }

  private _rows(records: readonly ILogRecord[], skipped: number): void {
    if (this._held !== null) {
      this._held.records.push(...records);
      this._held.hasGaps ||= skipped > 0;
      return;
    }
    if (skipped > 0) {
      this._events.skipped(skipped);
    }
    this._events.come(records);
  }

  private _follow: IDisposable | null = null;
  private _held: { records: ILogRecord[]; hasGaps: boolean } | null = null;
  private _isDisposed = false;
}
