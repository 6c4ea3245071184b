import type { IDisposable } from '@lumino/disposable';
import type { Overview } from '../hub/protocol';
import { applyChange, applyMemory } from '../model/run';
import type { IHubApi, IRunState } from '../tokens';
import { PastRuns } from './pastRuns';

export interface IShownRunEvents {
  changed(): void;
  /** The past that was asked for cannot be had. */
  failed(error: unknown): void;
}

/** The run of a view: as it is now, or as it was at some journal number. */
export class ShownRun implements IDisposable {
  constructor(
    api: IHubApi,
    private readonly _events: IShownRunEvents
  ) {
    this._past = new PastRuns(api);
  }

  /** As it is now; null: not known yet. */
  get live(): IRunState | null {
    return this._live;
  }

  get shown(): IRunState | null {
    return this._asOf === null ? this._live : this._then;
  }

  /** Null: live. */
  get asOf(): number | null {
    return this._asOf;
  }

  /** A later run has begun than the one that is shown as of some number. */
  get isBehind(): boolean {
    return this._isBehind;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this.forget();
  }

  /** It is not known any more. */
  forget(): void {
    this._live = this._then = null;
    this._asOf = null;
    this._isBehind = false;
  }

  /** Take up what the hub says of the run of a task. Tells whether a later run has taken the place of the one before. */
  take(task: string | null, message: Overview): boolean {
    const { number, at } = message;
    const change = message.run?.task === task ? message.run : null;
    const isLater =
      change !== null && this._live !== null && this._live.run !== change.run;
    if (isLater && this._asOf !== null) {
      // Somebody looks at a moment of the run before: that stays until they come back to live.
      this._isBehind = true;
      return false;
    }
    if (change !== null) {
      this._live = applyChange(this._live, change, number, at);
    } else if (this._live !== null) {
      this._live = { ...this._live, number, at };
    }
    const memory = message.memory ?? {};
    if (this._live !== null && Object.keys(memory).length > 0) {
      this._live = applyMemory(this._live, memory);
    }
    return isLater;
  }

  /** Show it as it was at a number, or live again. */
  async setAsOf(number: number | null): Promise<void> {
    const run = this._live;
    this._asOf = run === null ? null : number;
    if (run === null || number === null) {
      this._then = null;
      this._events.changed();
      return;
    }
    const known = this._past.known(run.task, run.run, number);
    // What is on screen stays until the past is there.
    this._then = known ?? this._then ?? run;
    this._events.changed();
    if (known === undefined) {
      await this._load(run, number);
    }
  }

  private async _load({ task, run }: IRunState, number: number): Promise<void> {
    const isWanted = () =>
      this._asOf === number &&
      this._live?.task === task &&
      this._live.run === run;
    try {
      const then = await this._past.load(task, run, number);
      if (isWanted()) {
        this._then = then;
        this._events.changed();
      }
    } catch (error) {
      if (isWanted()) {
        this._events.failed(error);
      }
    }
  }

  private readonly _past: PastRuns;
  private _live: IRunState | null = null;
  /** The run as of `_asOf`. */
  private _then: IRunState | null = null;
  private _asOf: number | null = null;
  private _isBehind = false;
  private _isDisposed = false;
}
