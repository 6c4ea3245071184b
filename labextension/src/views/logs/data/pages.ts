/** Fetches pages of records as they are seen: what is no longer seen is not fetched any more. */

import type { IDisposable } from '@lumino/disposable';

import { HubError } from '../../../hub/errors';
import type { LinePage } from '../../../hub/protocol';

type Fetch = (
  offset: number,
  limit: number,
  signal: AbortSignal
) => Promise<LinePage>;

/** While somebody scrolls, only the place where it rests is fetched. */
const PATIENCE = 40;
/** So many requests at a time. */
const AT_ONCE = 2;
/** A page that brought nothing is not asked for again so soon. */
const AGAIN = 3000;

export class PageLoader implements IDisposable {
  constructor(
    private readonly _fetch: Fetch,
    private readonly _take: (page: LinePage) => void,
    private readonly _fail: (error: unknown) => void
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** These pages are wanted now, as [offset, count]; others are not any more. */
  want(pages: readonly (readonly [number, number])[]): void {
    this._wanted = pages;
    for (const offset of this._refused) {
      if (!pages.some(([wanted]) => wanted === offset)) {
        this._refused.delete(offset);
      }
    }
    for (const [offset, controller] of this._running) {
      if (!pages.some(([wanted]) => wanted === offset)) {
        controller.abort();
        this._running.delete(offset);
      }
    }
    if (pages.length > 0 && this._timer === undefined) {
      this._timer = setTimeout(() => {
        this._timer = undefined;
        this._start();
      }, PATIENCE);
    }
  }

  /** Nothing is wanted. */
  clear(): void {
    this.want([]);
    this._given.clear();
    this._refused.clear();
  }

  /** What failed may be asked for again. */
  retry(): void {
    this._given.clear();
    this._refused.clear();
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    this.want([]);
  }

  private _start(): void {
    for (const [offset, count] of this._wanted) {
      if (this._running.size >= AT_ONCE) {
        return;
      }
      if (
        !this._running.has(offset) &&
        !this._given.has(offset) &&
        !this._refused.has(offset)
      ) {
        void this._get(offset, count);
      }
    }
  }

  private async _get(offset: number, count: number): Promise<void> {
    const controller = new AbortController();
    this._running.set(offset, controller);
    try {
      const page = await this._fetch(offset, count, controller.signal);
      if (!controller.signal.aborted) {
        this._wait(offset, page.rows.length === 0);
        this._take(page);
      }
    } catch (error) {
      // The rows stay grey until it works again.
      if (!controller.signal.aborted) {
        if (error instanceof HubError && error.refused) {
          this._refused.add(offset);
        } else {
          this._wait(offset, true);
        }
        this._fail(error);
      }
    } finally {
      if (this._running.get(offset) === controller) {
        this._running.delete(offset);
      }
      if (!this._isDisposed) {
        this._start();
      }
    }
  }

  /** Not again at once: what was given is not wanted any more as soon as the view has drawn it. */
  private _wait(offset: number, failed: boolean): void {
    this._given.add(offset);
    setTimeout(
      () => {
        this._given.delete(offset);
        if (failed && !this._isDisposed) {
          this._start();
        }
      },
      failed ? AGAIN : PATIENCE
    );
  }

  private readonly _running = new Map<number, AbortController>();
  private readonly _given = new Set<number>();
  /** The server does not give these to us: they are asked for again only when somebody comes back to them. */
  private readonly _refused = new Set<number>();
  private _wanted: readonly (readonly [number, number])[] = [];
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
}
