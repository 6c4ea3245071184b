import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { HubError } from '../hub/api';
import { browserClock } from '../hub/connection';
import type { IClock } from '../hub/connection';
import type { HubStatus, Overview, TaskGlance } from '../hub/protocol';
import type { IServer } from '../hub/server';
import type { IConnection, IFederation, IHubApi } from '../tokens';
import { Feeds } from './feeds';
import type { ISubscription } from './feeds';
import type { IPage } from './page';
import type { SeenErrors } from './seen';

export interface IFederationOptions {
  server: IServer;
  api: IHubApi;
  page: IPage;
  seen: SeenErrors;
  /** Of this code. */
  version: string;
  clock?: IClock;
}

/** What every part of the panel in this browser tab shares: one connection for the counts, and how it stands. */
export class Federation implements IFederation {
  constructor(options: IFederationOptions) {
    this.api = options.api;
    this.page = options.page;
    this._seen = options.seen;
    this._version = options.version;
    this._clock = options.clock ?? browserClock;
    this.feeds = new Feeds(options.server, options.page, this._clock);
    this.feeds.doubtful.connect(() => {
      void this._checkServer();
    });
    this._since = this._clock.now();
    this._watch = this.feeds.add(
      { op: 'watch' },
      {
        following: message => {
          this._onFollowing(message.hub);
        },
        overview: message => {
          this._onOverview(message);
        },
        state: () => {
          this._changed.emit();
        },
        failed: () => {
          void this._checkServer();
        }
      }
    );
  }

  readonly api: IHubApi;
  readonly page: IPage;
  /** The page's feeds; for `RunModel`. */
  readonly feeds: Feeds;

  /** Begin to listen. */
  start(): void {
    this._watch.setWanted(true);
  }

  dispose(): void {
    this.feeds.dispose();
    Signal.clearData(this);
  }

  get connection(): IConnection {
    const feed = this._watch.feed;
    if (this._outdated !== null) {
      return {
        state: 'outdated',
        since: this._since + this._offset,
        retryAt: null,
        message: this._outdated
      };
    }
    return {
      state: feed.state === 'suspended' ? 'asleep' : feed.state,
      since: feed.since + this._offset,
      retryAt: feed.retryAt === null ? null : feed.retryAt + this._offset,
      message: feed.message
    };
  }

  get tasks(): ReadonlyMap<string, TaskGlance> {
    return this._tasks;
  }

  /** Whether `tasks` has been told at all. */
  get known(): boolean {
    return this._known;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  now(): number {
    return this._clock.now() + this._offset;
  }

  unseenErrors(task: string): readonly number[] {
    return this._seen.unseen(task, this._tasks.get(task)?.errors ?? []);
  }

  markSeen(task: string, seqs: readonly number[]): void {
    const errors = this._tasks.get(task)?.errors ?? [];
    if (this._seen.add(task, seqs, errors)) {
      this._changed.emit();
    }
  }

  retry(): void {
    this._outdated = null;
    this.feeds.setAllowed(true);
    this.feeds.retry();
  }

  private _onFollowing(hub: string): void {
    this._seen.open(hub);
    this._first = true;
    // A server that was replaced while we were away may speak another version.
    void this._checkServer();
  }

  private _onOverview(message: Overview): void {
    this._offset = message.at - this._clock.now();
    const tasks = new Map(this._first ? [] : this._tasks);
    this._first = false;
    for (const glance of message.tasks ?? []) {
      tasks.set(glance.task, glance);
    }
    for (const task of message.removed ?? []) {
      tasks.delete(task);
    }
    this._tasks = tasks;
    this._known = true;
    this._seen.keepOnly(new Set(tasks.keys()));
    this._changed.emit();
  }

  /** A websocket that fails does not tell a page why; a request does. */
  private async _checkServer(): Promise<void> {
    let status: HubStatus;
    try {
      status = await this.api.status();
    } catch (error) {
      if (
        error instanceof HubError &&
        (error.refused || error.status === 404)
      ) {
        this._watch.feed.refuse(error.message);
        this.feeds.setAllowed(false);
      }
      return;
    }
    if (status.release !== this._version) {
      this._outdated = status.release;
      this._since = this._clock.now();
      this.feeds.setAllowed(false);
      this._changed.emit();
    }
  }

  private readonly _clock: IClock;
  private readonly _seen: SeenErrors;
  private readonly _version: string;
  private readonly _watch: ISubscription;
  private readonly _changed = new Signal<this, void>(this);
  private _tasks: ReadonlyMap<string, TaskGlance> = new Map();
  private _known = false;
  /** The next overview tells of all tasks. */
  private _first = true;
  /** The hub's clock minus this computer's. */
  private _offset = 0;
  /** The server's release, if it is another one. */
  private _outdated: string | null = null;
  private _since: number;
}
