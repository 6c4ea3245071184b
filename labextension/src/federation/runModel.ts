import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { Overview, TaskGlance, Watch } from '../hub/protocol';
import { applyChange, applyMemory } from '../model/run';
import type {
  IFollow,
  IMoment,
  IRowHandlers,
  IRunModel,
  IRunState,
  ITimeWindow,
  ViewName
} from '../tokens';
import { VIEWS } from '../tokens';
import type { Federation } from './federation';
import type { ISubscription } from './feeds';
import { PastRuns } from './pastRuns';

/** What of a model survives a reload; JSON. */
export interface IRunModelState {
  task: string | null;
  run: number | null;
  pinned: boolean;
  view: ViewName;
  hidden: string[];
  saved: Record<string, unknown>;
  /** When the newest task known at the last choice had started: a later one takes the view over. */
  newest: number;
}

/** What one view shows. It asks the hub only while it is visible. */
export class RunModel implements IRunModel {
  constructor(
    readonly federation: Federation,
    state: Partial<IRunModelState> = {},
    private readonly _report: (error: unknown) => void = () => {}
  ) {
    this._restore(state);
    this._past = new PastRuns(federation.api);
    this._watch = federation.feeds.add(this._question(), {
      overview: message => {
        this._onOverview(message);
      }
    });
    federation.changed.connect(this._onFederation, this);
    federation.page.changed.connect(this._onVisible, this);
    this._choose();
  }

  get task(): string | null {
    return this._task;
  }

  get run(): number | null {
    return this._run;
  }

  get pinned(): boolean {
    return this._pinned;
  }

  get view(): ViewName {
    return this._view;
  }

  get live(): IRunState | null {
    return this._live;
  }

  get shown(): IRunState | null {
    return this._asOf === null ? this._live : this._shownPast;
  }

  get asOf(): number | null {
    return this._asOf;
  }

  get moment(): IMoment | null {
    return this._moment;
  }

  get window(): ITimeWindow | null {
    return this._window;
  }

  get hidden(): ReadonlySet<string> {
    return this._hidden;
  }

  get visible(): boolean {
    return this._attached && this.federation.page.visible;
  }

  get saved(): Readonly<Record<string, unknown>> {
    return this._saved;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    this.federation.changed.disconnect(this._onFederation, this);
    this.federation.page.changed.disconnect(this._onVisible, this);
    this._watch.dispose();
    for (const follower of [...this._followers]) {
      follower.dispose();
    }
    Signal.clearData(this);
  }

  toJSON(): IRunModelState {
    return {
      task: this._task,
      run: this._run,
      pinned: this._pinned,
      view: this._view,
      hidden: [...this._hidden],
      saved: { ...this._saved },
      newest: this._newest
    };
  }

  /** Whether the widget that shows it can be seen. */
  setVisible(visible: boolean): void {
    if (this._attached !== visible) {
      this._attached = visible;
      this._onVisible();
    }
  }

  select(task: string | null, run: number | null = null): void {
    this._newest = Math.max(this._newest, newestStart(this.federation.tasks));
    this._show(task, run);
    this._choose();
    this._changed.emit();
  }

  setPinned(pinned: boolean): void {
    this._pinned = pinned;
    if (!pinned) {
      this._newest = Math.max(this._newest, newestStart(this.federation.tasks));
    }
    this._changed.emit();
  }

  setView(view: ViewName): void {
    if (view === this._view) {
      return;
    }
    const memory = this._question().memory;
    this._view = view;
    if (this._question().memory !== memory) {
      this._ask();
    }
    this._changed.emit();
  }

  setAsOf(number: number | null): void {
    if (number === this._asOf) {
      return;
    }
    const run = this._live;
    this._asOf = run === null ? null : number;
    if (run === null || number === null) {
      this._shownPast = null;
      if (this._behind) {
        this._forget();
        this._ask();
      }
      this._changed.emit();
      return;
    }
    const known = this._past.known(run.task, run.run, number);
    if (known !== undefined) {
      this._shownPast = known;
      this._changed.emit();
      return;
    }
    // What is on screen stays until the past is there.
    this._shownPast ??= run;
    this._changed.emit();
    this._past.load(run.task, run.run, number).then(
      past => {
        if (this._asOf === number && this._live?.run === run.run) {
          this._shownPast = past;
          this._changed.emit();
        }
      },
      (error: unknown) => {
        if (this._asOf === number) {
          this.setAsOf(null);
          this._report(error);
        }
      }
    );
  }

  setMoment(moment: IMoment | null): void {
    if (moment?.at !== this._moment?.at || moment?.seq !== this._moment?.seq) {
      this._moment = moment;
      this._changed.emit();
    }
  }

  setWindow(window: ITimeWindow | null): void {
    if (
      window?.begin !== this._window?.begin ||
      window?.end !== this._window?.end
    ) {
      this._window = window;
      this._changed.emit();
    }
  }

  toggleNode(node: string): void {
    const hidden = new Set(this._hidden);
    if (!hidden.delete(node)) {
      hidden.add(node);
    }
    this._setHidden(hidden);
  }

  soloNode(node: string): void {
    const others = (this.shown?.members ?? [])
      .map(member => member.node)
      .filter(other => other !== node);
    const alone =
      !this._hidden.has(node) && others.every(other => this._hidden.has(other));
    this._setHidden(new Set(alone ? [] : others));
  }

  showAllNodes(): void {
    if (this._hidden.size > 0) {
      this._setHidden(new Set());
    }
  }

  save(name: string, value: unknown): void {
    const { [name]: _, ...others } = this._saved;
    this._saved = value === undefined ? others : { ...others, [name]: value };
    this._changed.emit();
  }

  follow(question: IFollow, handlers: IRowHandlers): IDisposable {
    const subscription = this.federation.feeds.add(
      { ...question, op: 'follow' },
      {
        following: message => {
          handlers.following(message.hub, message.number);
        },
        rows: message => {
          handlers.rows(message.rows, message.upto, message.skipped ?? 0);
        }
      }
    );
    this._followers.add(subscription);
    subscription.setWanted(this.visible);
    const followers = this._followers;
    return {
      get isDisposed() {
        return subscription.isDisposed;
      },
      dispose: () => {
        followers.delete(subscription);
        subscription.dispose();
      }
    };
  }

  private _restore(state: Partial<IRunModelState>): void {
    this._task = state.task ?? null;
    this._run = state.run ?? null;
    this._pinned = state.pinned === true;
    this._view = VIEWS.find(view => view === state.view) ?? 'logs';
    this._hidden = new Set(state.hidden ?? []);
    this._saved = state.saved ?? {};
    this._newest = state.newest ?? 0;
  }

  private _setHidden(hidden: ReadonlySet<string>): void {
    this._hidden = hidden;
    this._changed.emit();
  }

  private _onFederation(): void {
    this._choose();
    this._changed.emit();
  }

  private _onVisible(): void {
    for (const follower of this._followers) {
      follower.setWanted(this.visible);
    }
    this._watch.setWanted(this.visible && this._task !== null);
    this._changed.emit();
  }

  /** Show what is to be shown where nobody has chosen: a task that just started, else the latest. */
  private _choose(): void {
    const { tasks } = this.federation;
    if (!this.federation.known) {
      return;
    }
    const known = this._task !== null && tasks.has(this._task);
    if (known && (this._pinned || this._run !== null || this._asOf !== null)) {
      return;
    }
    const best = latestTask(tasks);
    if (best === null) {
      if (!this._pinned) {
        this._show(null, null);
      }
    } else if (!known || (best.live && best.started > this._newest)) {
      this._newest = newestStart(tasks);
      this._pinned = this._pinned && known;
      this._show(best.task, null);
    }
  }

  private _show(task: string | null, run: number | null): void {
    if (task === this._task && run === this._run) {
      return;
    }
    if (task !== this._task) {
      this._hidden = new Set();
    }
    this._task = task;
    this._run = run;
    this._forget();
    this._ask();
  }

  private _forget(): void {
    this._live = this._shownPast = null;
    this._asOf = null;
    this._behind = false;
    this._moment = null;
    this._window = null;
  }

  private _question(): Watch {
    return {
      op: 'watch',
      task: this._task,
      run: this._run,
      memory: this._view === 'nodes'
    };
  }

  private _ask(): void {
    this._watch.feed.ask(this._question());
    this._watch.setWanted(this.visible && this._task !== null);
  }

  private _onOverview(message: Overview): void {
    const change = message.run ?? null;
    if (change !== null && change.task === this._task) {
      if (this._live !== null && this._live.run !== change.run) {
        if (this._asOf !== null) {
          // Somebody looks at a moment of the run before: that stays until they come back to live.
          this._behind = true;
          return;
        }
        this._forget();
      }
      this._live = applyChange(this._live, change, message.number, message.at);
    } else if (this._live !== null) {
      this._live = {
        ...this._live,
        number: message.number,
        at: message.at
      };
    }
    if (this._live !== null && Object.keys(message.memory ?? {}).length > 0) {
      this._live = applyMemory(this._live, message.memory ?? {});
    }
    this._changed.emit();
  }

  private readonly _past: PastRuns;
  private readonly _watch: ISubscription;
  private readonly _followers = new Set<ISubscription>();
  private readonly _changed = new Signal<this, void>(this);
  private _task: string | null = null;
  private _run: number | null = null;
  private _pinned = false;
  private _view: ViewName = 'logs';
  private _live: IRunState | null = null;
  private _shownPast: IRunState | null = null;
  private _asOf: number | null = null;
  /** A later run has begun than the one that is shown as of some number. */
  private _behind = false;
  private _moment: IMoment | null = null;
  private _window: ITimeWindow | null = null;
  private _hidden: ReadonlySet<string> = new Set();
  private _saved: Record<string, unknown> = {};
  private _newest = 0;
  private _attached = false;
  private _disposed = false;
}

/** The latest that is going on, else the latest. */
function latestTask(tasks: ReadonlyMap<string, TaskGlance>): TaskGlance | null {
  let best: TaskGlance | null = null;
  for (const task of tasks.values()) {
    if (
      best === null ||
      (task.live === best.live ? task.started > best.started : task.live)
    ) {
      best = task;
    }
  }
  return best;
}

function newestStart(tasks: ReadonlyMap<string, TaskGlance>): number {
  return Math.max(0, ...[...tasks.values()].map(task => task.started));
}
