import type { IDisposable } from '@lumino/disposable';
import type { IFollow, IRowHandlers } from '../tokens';
import type { Feeds, ISubscription } from './feeds';

/** Those who follow journal rows for one view: they sleep and wake with it. */
export class Followers implements IDisposable {
  constructor(private readonly _feeds: Feeds) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    for (const subscription of this._subscriptions) {
      subscription.dispose();
    }
    this._subscriptions.clear();
  }

  setWanted(wanted: boolean): void {
    for (const subscription of this._subscriptions) {
      subscription.setWanted(wanted);
    }
  }

  /** Follow; `wanted`: now, rather than when they wake. */
  add(question: IFollow, handlers: IRowHandlers, wanted: boolean): IDisposable {
    const subscription = this._feeds.add(
      { ...question, op: 'follow' },
      {
        following: ({ hub, number }) => handlers.following(hub, number),
        rows: ({ rows, upto, skipped }) =>
          handlers.rows(rows, upto, skipped ?? 0)
      }
    );
    this._subscriptions.add(subscription);
    subscription.setWanted(wanted);
    return {
      get isDisposed() {
        return subscription.isDisposed;
      },
      dispose: () => {
        this._subscriptions.delete(subscription);
        subscription.dispose();
      }
    };
  }

  private readonly _subscriptions = new Set<ISubscription>();
  private _isDisposed = false;
}
