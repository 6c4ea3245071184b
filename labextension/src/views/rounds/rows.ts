/**
 * All rows of some kinds of one run, from its beginning on, as they come. The live feed leaves metric rows out for a viewer that is far
 * behind (as at the beginning of a large run): those are read page by page, and what comes meanwhile waits for them.
 */

import type { IDisposable } from '@lumino/disposable';
import { HubError } from '../../hub/errors';
import type { Kind, Row } from '../../hub/protocol';
import type { IRunModel } from '../../tokens';

const PAGE = 5000;
const RETRY_MS = 3000;

export interface IRowQuestion {
  task: string;
  run: number;
  kinds: readonly Kind[];
  /** Rows with a larger number. */
  after: number;
}

export interface IRowSink {
  add(rows: readonly Row[]): void;
  /** Another hub's journal, or the beginning: forget all. */
  clear(): void;
  /** What stands in the way of older rows; empty: nothing any more. */
  failed(message: string): void;
}

export class RowSource implements IDisposable {
  constructor(
    private readonly _model: IRunModel,
    private readonly _question: IRowQuestion,
    private readonly _sink: IRowSink
  ) {
    this._known = _question.after;
    this._follower = _model.follow(
      { ..._question, kinds: [..._question.kinds] },
      {
        following: hub => {
          if (this._hub !== '' && this._hub !== hub) {
            this._known = _question.after;
            this._waiting = [];
            _sink.clear();
          }
          this._hub = hub;
        },
        rows: (rows, upto, skipped) => {
          this._waiting.push({ rows, upto, skipped });
          void this._work();
        }
      }
    );
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    window.clearTimeout(this._retry);
    this._follower.dispose();
  }

  private async _work(): Promise<void> {
    if (this._busy) {
      return;
    }
    this._busy = true;
    let batch = this._waiting[0];
    while (batch !== undefined && !this._disposed) {
      if (batch.skipped > 0 && !(await this._fill(batch.upto))) {
        break;
      }
      if (this._waiting[0] === batch) {
        this._waiting.shift();
        this._take(batch.rows, batch.upto);
      }
      batch = this._waiting[0];
    }
    this._busy = false;
  }

  /** Read what the feed left out up to this number; false: it could not be read now. */
  private async _fill(upto: number): Promise<boolean> {
    const hub = this._hub;
    const { task, run, kinds } = this._question;
    try {
      while (this._known < upto && !this._disposed && hub === this._hub) {
        const page = await this._model.federation.api.records({
          task,
          run,
          kinds,
          after: this._known,
          before: upto + 1,
          limit: PAGE,
          order: 'oldest'
        });
        if (hub === this._hub) {
          this._take(page.rows, page.complete ? upto : page.next);
        }
      }
      this._sink.failed('');
      return true;
    } catch (error) {
      if (!this._disposed) {
        this._sink.failed(error instanceof Error ? error.message : '');
        // What a server refuses is asked for again when there is something new to fetch.
        if (!(error instanceof HubError && error.refused)) {
          this._retry = window.setTimeout(() => void this._work(), RETRY_MS);
        }
      }
      return false;
    }
  }

  private _take(rows: readonly Row[], upto: number): void {
    const fresh = rows.filter(row => row.seq > this._known);
    this._known = Math.max(this._known, upto);
    if (fresh.length > 0 && !this._disposed) {
      this._sink.add(fresh);
    }
  }

  private readonly _follower: IDisposable;
  private _waiting: {
    rows: readonly Row[];
    upto: number;
    skipped: number;
  }[] = [];
  private _hub = '';
  /** All up to this number has been given to the sink. */
  private _known: number;
  private _busy = false;
  private _disposed = false;
  private _retry = 0;
}
