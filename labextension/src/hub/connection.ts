/** One subscription of the live feed: a websocket that comes back by itself. */

import type { IDisposable } from '@lumino/disposable';
import { reportFault } from './faults';
import type { Frame } from './frames';
import { readFrame } from './frames';
import type { Follow, Following, Overview, Rows, Watch } from './protocol';
import type { IServer, ISocket } from './server';

/** Seconds until another attempt: the first, and the longest; each is twice the one before. */
const FIRST_RETRY = 0.5;
const LONGEST_RETRY = 8;
/** A socket that does not answer the question for so long, in seconds, is dead. */
const ANSWER_LIMIT = 5;
/** A socket that spoke within so many seconds is asked only when it has been silent for so long. */
const FRESH = 3;

export type FeedState =
  'suspended' | 'connecting' | 'open' | 'lost' | 'refused';

export interface IFeedHandlers {
  /**
   * The feed (again) stands. `anew`: it is the first time, or the numbers of before mean nothing any more, since this is another
   * journal.
   */
  following?(message: Following, anew: boolean): void;
  rows?(message: Rows): void;
  overview?(message: Overview): void;
  /** The state has changed. */
  state?(feed: Feed): void;
  /** The socket could not be opened, with no reason that a page could see. What it may mean is for others to find out. */
  failed?(feed: Feed): void;
  /** The server does not understand us, or we do not understand it: it may be another version. */
  doubtful?(feed: Feed): void;
}

/** Time, replaced in tests. */
export interface IClock {
  /** Seconds. */
  now(): number;
  after(seconds: number, action: () => void): () => void;
  /** From 0 to 1. */
  random(): number;
}

export const browserClock: IClock = {
  now: () => Date.now() / 1000,
  after: (seconds, action) => {
    const timer = window.setTimeout(action, seconds * 1000);
    return () => window.clearTimeout(timer);
  },
  random: () => Math.random()
};

/**
 * A question to the hub and its answers, over as many websockets as it takes.
 *
 * A `Follow` goes on after the last number that was delivered: no row twice, none left out. A feed begins suspended; while it is
 * suspended it costs nothing.
 */
export class Feed implements IDisposable {
  constructor(
    private readonly _server: IServer,
    private _question: Follow | Watch,
    private readonly _handlers: IFeedHandlers,
    private readonly _clock: IClock = browserClock
  ) {
    this.since = _clock.now();
    this._after = _question.op === 'follow' ? (_question.after ?? null) : null;
  }

  state: FeedState = 'suspended';
  /** Since when it is in that state; this computer's clock, like `retryAt`. */
  since: number;
  /** When the next attempt is due. */
  retryAt: number | null = null;
  /** Why it was refused. */
  message = '';

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    this._drop();
    this.state = 'suspended';
  }

  /** Begin, or go on where it stopped. */
  resume(): void {
    if (!this._disposed && this.state === 'suspended') {
      this._connect();
    }
  }

  /** Say nothing and ask for nothing until `resume`. */
  suspend(): void {
    if (!this._disposed && this.state !== 'suspended') {
      this._drop();
      this._failures = 0;
      this._setState('suspended');
    }
  }

  /** Try again now, also after a refusal. */
  retry(): void {
    if (
      !this._disposed &&
      (this.state === 'lost' || this.state === 'refused')
    ) {
      this._connect();
    }
  }

  /** Ask something else from now on. */
  ask(question: Follow | Watch): void {
    this._question = question;
    this._after = question.op === 'follow' ? (question.after ?? null) : null;
    this._hub = null;
    if (this.state === 'open' || this._asking) {
      this._sendQuestion();
    } else if (this.state === 'refused') {
      this._connect();
    }
  }

  /** The server does not want us: no more attempts until `retry`. */
  refuse(message: string): void {
    if (!this._disposed && this.state !== 'suspended') {
      this._drop();
      this.message = message;
      this._setState('refused');
    }
  }

  /** The computer may have slept: make sure that the socket still stands, or try again now. */
  check(): void {
    if (this.state === 'lost') {
      this.retry();
    } else if (this.state === 'open' && !this._asking) {
      const silent = this._clock.now() - this._heard;
      if (silent >= FRESH || silent < 0) {
        // The same question again is answered at once. Rows on their way are dropped: the answer brings them again.
        this._sendQuestion();
      } else {
        // It may have been said before the sleep. On a socket that goes on to speak there is nothing to ask.
        this._cancelLimit();
        this._cancelLimit = this._clock.after(FRESH - silent, () =>
          this.check()
        );
      }
    }
  }

  private get _asking(): boolean {
    return this._unanswered > 0;
  }

  private _connect(): void {
    this._drop();
    if (this.state !== 'lost') {
      this._setState('connecting');
    }
    let socket: ISocket;
    try {
      socket = this._server.socket();
    } catch (error) {
      reportFault('No websocket can be made; another try follows.', error);
      this._lose(false);
      return;
    }
    this._socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this._sendQuestion();
    };
    socket.onmessage = event => this._onFrame(event.data);
    socket.onclose = () => this._lose(opened);
    // A handshake that a proxy leaves unanswered never ends by itself.
    this._cancelLimit = this._clock.after(ANSWER_LIMIT * 2, () =>
      this._lose(opened)
    );
  }

  private _sendQuestion(): void {
    this._unanswered += 1;
    this._cancelLimit();
    this._cancelLimit = this._clock.after(ANSWER_LIMIT, () => this._lose(true));
    const question =
      this._question.op === 'follow' && this._after !== null
        ? { ...this._question, after: this._after }
        : this._question;
    this._socket?.send(JSON.stringify(question));
  }

  private _onFrame(data: unknown): void {
    this._heard = this._clock.now();
    let frame: Frame;
    try {
      frame = readFrame(data);
    } catch (error) {
      this._onMalformed(error);
      return;
    }
    if (frame.op === 'following') {
      this._onFollowing(frame);
    } else if (frame.op === 'refused') {
      this.refuse(frame.message);
      this._handlers.doubtful?.(this);
    } else if (!this._asking) {
      this._onNews(frame);
    }
    // Else it belongs to the question before.
  }

  private _onNews(frame: Rows | Overview): void {
    this._spoiled = false;
    this._failures = 0;
    if (frame.op === 'rows') {
      this._after = frame.upto;
      this._handlers.rows?.(frame);
    } else {
      this._handlers.overview?.(frame);
    }
  }

  private _onFollowing(message: Following): void {
    this._unanswered = Math.max(0, this._unanswered - 1);
    if (this._asking) {
      return; // it answers the question before
    }
    const first = this._hub === null;
    const other =
      !first &&
      (this._hub !== message.hub ||
        (this._after !== null && message.number < this._after));
    this._hub = message.hub;
    if (other && this._question.op === 'follow') {
      // Another journal: our number means nothing there. From the beginning, then.
      this._hub = null;
      this._after = this._question.after ?? null;
      this._sendQuestion();
      return;
    }
    if (!this._spoiled) {
      this._failures = 0;
    }
    this._cancelLimit();
    if (this._after === null) {
      this._after = message.number;
    }
    this._setState('open');
    this._handlers.following?.(message, first || other);
  }

  /** To go on with the next frame would leave out what this one said: ask again, from the last one that was understood. */
  private _onMalformed(error: unknown): void {
    reportFault(
      'The hub sent a frame that cannot be read; the feed begins again.',
      error
    );
    this._spoiled = true;
    this._lose(true);
    this._handlers.doubtful?.(this);
  }

  private _lose(opened: boolean): void {
    this._drop();
    const delay = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this._failures);
    this._failures += 1;
    // From half to the whole of it, so that many pages do not come back in step.
    const seconds = delay * (0.5 + this._clock.random() / 2);
    this.retryAt = this._clock.now() + seconds;
    this._cancelRetry = this._clock.after(seconds, () => this._connect());
    this._setState('lost');
    if (!opened && this.state === 'lost') {
      this._handlers.failed?.(this);
    }
  }

  /** No socket and no timer is left. */
  private _drop(): void {
    this._cancelRetry();
    this._cancelLimit();
    this._cancelRetry = this._cancelLimit = () => {};
    this.retryAt = null;
    this._unanswered = 0;
    const socket = this._socket;
    this._socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private _setState(state: FeedState): void {
    if (this.state !== state) {
      this.since = this._clock.now();
      this.state = state;
    }
    this._handlers.state?.(this);
  }

  private _socket: ISocket | null = null;
  /** So many questions are sent, and not answered yet; each has one answer, in order. */
  private _unanswered = 0;
  private _after: number | null;
  private _hub: string | null = null;
  private _failures = 0;
  /** A frame could not be read, and none was since: attempts that only lead to the same frame must not come ever faster. */
  private _spoiled = false;
  private _heard = 0;
  private _cancelRetry: () => void = () => {};
  private _cancelLimit: () => void = () => {};
  private _disposed = false;
}
