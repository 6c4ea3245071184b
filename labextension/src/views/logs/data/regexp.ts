/**
 * Regular expressions tried in a worker, which is ended when one takes too long: the page never waits for it.
 *
 * The worker's code travels inside this module as text (a Blob), so that it needs no file and no address of its own.
 */

import type { IDisposable } from '@lumino/disposable';

/** Runs in the worker; answers with triples: which text, and where its first match begins and ends. */
const CODE = `
let source, flags, expression;
onmessage = ({ data }) => {
  try {
    if (!expression || data.source !== source || data.flags !== flags) {
      expression = new RegExp(data.source, data.flags);
      source = data.source;
      flags = data.flags;
    }
    const found = [];
    data.texts.forEach((text, index) => {
      const match = expression.exec(text);
      if (match) found.push(index, match.index, match.index + match[0].length);
    });
    postMessage({ found: Int32Array.from(found) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
`;

/** What of a worker is used here. */
export interface IRegexpWorker {
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

export function startWorker(): IRegexpWorker {
  const url = URL.createObjectURL(
    new Blob([CODE], { type: 'text/javascript' })
  );
  try {
    return new Worker(url);
  } finally {
    // The worker has its address already; kept any longer it would only use memory.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

/** Why there is no answer: it took too long, nobody wants it any more, or this browser runs no worker here. */
export class RegexpFailure extends Error {
  constructor(
    readonly reason: 'slow' | 'disposed' | 'unavailable',
    /** What the browser said, for `unavailable`. */
    said: string = reason
  ) {
    super(said);
  }
}

export interface IMatch {
  index: number;
  begin: number;
  end: number;
}

interface IQuestion {
  source: string;
  flags: string;
  texts: readonly string[];
  resolve(found: IMatch[]): void;
  reject(failure: RegexpFailure): void;
}

/** One worker, asked one question after another. */
export class Regexp implements IDisposable {
  constructor(
    private readonly _limit = 2000,
    private readonly _start: () => IRegexpWorker = startWorker
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Which of the texts match. Rejects with `RegexpFailure`. */
  find(
    source: string,
    flags: string,
    texts: readonly string[]
  ): Promise<IMatch[]> {
    return new Promise((resolve, reject) => {
      if (this._isDisposed) {
        reject(new RegexpFailure('disposed'));
        return;
      }
      this._queue.push({ source, flags, texts, resolve, reject });
      this._next();
    });
  }

  /** Forget all questions. */
  dispose(): void {
    this._isDisposed = true;
    this._end('disposed');
  }

  private _next(): void {
    const question = this._queue[0];
    if (this._asked !== null || question === undefined) {
      return;
    }
    try {
      this._worker = this._worker ?? this._begin();
    } catch (error) {
      this._end('unavailable', String(error));
      return;
    }
    this._asked = question;
    this._timer = setTimeout(() => this._end('slow'), this._limit);
    const { source, flags, texts } = question;
    this._worker.postMessage({ source, flags, texts });
  }

  private _begin(): IRegexpWorker {
    const worker = this._start();
    worker.onmessage = event => this._answered(event.data);
    worker.onerror = event => this._end('unavailable', event.message);
    return worker;
  }

  private _answered(data: { found?: Int32Array; error?: string }): void {
    clearTimeout(this._timer);
    const question = this._queue.shift();
    this._asked = null;
    const { found } = data;
    if (found === undefined) {
      question?.reject(new RegexpFailure('unavailable', data.error));
    } else {
      const matches: IMatch[] = [];
      for (let at = 0; at + 2 < found.length; at += 3) {
        matches.push({
          index: found[at] ?? 0,
          begin: found[at + 1] ?? 0,
          end: found[at + 2] ?? 0
        });
      }
      question?.resolve(matches);
    }
    this._next();
  }

  private _end(reason: RegexpFailure['reason'], said?: string): void {
    clearTimeout(this._timer);
    this._worker?.terminate();
    this._worker = null;
    this._asked = null;
    for (const question of this._queue.splice(0)) {
      question.reject(new RegexpFailure(reason, said));
    }
  }

  private readonly _queue: IQuestion[] = [];
  private _asked: IQuestion | null = null;
  private _worker: IRegexpWorker | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
}
