import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { browserClock, Feed } from '../hub/connection';
import type { IClock, IFeedHandlers } from '../hub/connection';
import type { Follow, Watch } from '../hub/protocol';
import type { IServer } from '../hub/server';
import type { IPage } from './page';

/** One feed of the page. It runs while it is wanted, the page is visible, and the server lets us in. */
export interface ISubscription extends IDisposable {
  readonly feed: Feed;
  setWanted(wanted: boolean): void;
}

/** All feeds of this page: they sleep and wake together, and when one gets through again the others need not wait. */
export class Feeds {
  constructor(
    private readonly _server: IServer,
    private readonly _page: IPage,
    private readonly _clock: IClock = browserClock
  ) {
    _page.changed.connect(this._update, this);
    _page.woken.connect(this._check, this);
  }

  dispose(): void {
    this._page.changed.disconnect(this._update, this);
    this._page.woken.disconnect(this._check, this);
    for (const entry of [...this._entries]) {
      entry.feed.dispose();
    }
    this._entries.clear();
    Signal.clearData(this);
  }

  /** The server may be another version. */
  get doubtful(): ISignal<this, void> {
    return this._doubtful;
  }

  /** Not wanted at first. */
  add(question: Follow | Watch, handlers: IFeedHandlers): ISubscription {
    const feed = new Feed(
      this._server,
      question,
      {
        ...handlers,
        state: changed => {
          handlers.state?.(changed);
          if (changed.state === 'open') {
            this._retryOthers(changed);
          }
        },
        doubtful: changed => {
          handlers.doubtful?.(changed);
          this._doubtful.emit();
        }
      },
      this._clock
    );
    const entry: IEntry = { feed, wanted: false };
    this._entries.add(entry);
    return {
      feed,
      get isDisposed() {
        return feed.isDisposed;
      },
      dispose: () => {
        this._entries.delete(entry);
        feed.dispose();
      },
      setWanted: wanted => {
        entry.wanted = wanted;
        this._update();
      }
    };
  }

  /** False: the server refuses, or is another version; nothing is asked for. */
  setAllowed(allowed: boolean): void {
    if (allowed !== this._allowed) {
      this._allowed = allowed;
      this._update();
    }
  }

  retry(): void {
    for (const { feed } of [...this._entries]) {
      feed.retry();
    }
  }

  private _update(): void {
    const possible = this._allowed && this._page.visible;
    for (const { feed, wanted } of [...this._entries]) {
      if (wanted && possible) {
        feed.resume();
      } else if (feed.state !== 'refused') {
        feed.suspend();
      }
    }
  }

  private _check(): void {
    for (const { feed } of [...this._entries]) {
      feed.check();
    }
  }

  private _retryOthers(opened: Feed): void {
    for (const { feed } of [...this._entries]) {
      if (feed !== opened && feed.state === 'lost') {
        feed.retry();
      }
    }
  }

  private readonly _doubtful = new Signal<this, void>(this);
  private readonly _entries = new Set<IEntry>();
  private _allowed = true;
}

interface IEntry {
  feed: Feed;
  wanted: boolean;
}
