import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { Watch } from '../hub/protocol';
import type {
  IFollow,
  IMoment,
  IRowHandlers,
  IRunModel,
  IRunState,
  ITimeWindow
} from '../tokens';
import type { Federation } from './federation';
import type { ISubscription } from './feeds';
import { Followers } from './followers';
import { readState, type IRunModelState } from './savedState';
import { ShownRun } from './shownRun';
import { latestTask, newestStart } from './taskChoice';

/** What one view shows. It asks the hub only while it is visible. */
export class RunModel implements IRunModel {
  constructor(
    readonly federation: Federation,
    state: Partial<IRunModelState> = {},
    report: (error: unknown) => void = () => {}
  ) {
    const restored = readState(state);
    this._task = restored.task;
    this._run = restored.run;
    this._pinned = restored.pinned;
    this._view = restored.view;
    this._hidden = new Set(restored.hidden);
    this._saved = restored.saved;
    this._newest = restored.newest;
    this._shownRun = new ShownRun(federation.api, {
      changed: () => this._changed.emit(),
      failed: error => {
        this.setAsOf(null);
        report(error);
      }
    });
    this._followers = new Followers(federation.feeds);
    this._watch = federation.feeds.add(this._question(), {
      overview: message => {
        if (this._shownRun.take(this._task, message)) {
          this._forgetTime();
        }
        this._changed.emit();
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

  get view(): string {
    return this._view;
  }

  get live(): IRunState | null {
    return this._shownRun.live;
  }

  get shown(): IRunState | null {
    return this._shownRun.shown;
  }

  get asOf(): number | null {
    return this._shownRun.asOf;
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
    this._followers.dispose();
    this._shownRun.dispose();
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
    this._isNewest = false;
    this._show(task, run);
    this._choose();
    this._changed.emit();
  }

  setPinned(pinned: boolean): void {
    this._pinned = pinned;
    if (!pinned) {
      this._isNewest = false;
      this._choose();
    }
    this._changed.emit();
  }

  setView(view: string): void {
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
    if (number === null && this._shownRun.isBehind) {
      this._forget();
      this._ask();
      this._changed.emit();
    } else if (number !== this.asOf) {
      void this._shownRun.setAsOf(number);
    }
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
    return this._followers.add(question, handlers, this.visible);
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
    this._followers.setWanted(this.visible);
    this._watch.setWanted(this.visible && this._task !== null);
    this._changed.emit();
  }

  /** Show what is to be shown where nobody has chosen: a task that just started, else the latest. */
  private _choose(): void {
    const { tasks } = this.federation;
    if (!this.federation.known) {
      return;
    }
    if (!this._isNewest) {
      this._isNewest = true;
      this._newest = Math.max(this._newest, newestStart(tasks));
    }
    const known = this._task !== null && tasks.has(this._task);
    if (known && (this._pinned || this._run !== null || this.asOf !== null)) {
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
    this._shownRun.forget();
    this._forgetTime();
  }

  private _forgetTime(): void {
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

  private readonly _shownRun: ShownRun;
  private readonly _followers: Followers;
  private readonly _watch: ISubscription;
  private readonly _changed = new Signal<this, void>(this);
  private _task: string | null;
  private _run: number | null;
  private _pinned: boolean;
  private _view: string;
  private _moment: IMoment | null = null;
  private _window: ITimeWindow | null = null;
  private _hidden: ReadonlySet<string>;
  private _saved: Record<string, unknown>;
  private _newest: number;
  /** `_newest` counts all that had started when somebody chose: they may choose before it is known what there is. */
  private _isNewest = true;
  private _attached = false;
  private _disposed = false;
}
