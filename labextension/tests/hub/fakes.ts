import type { IClock } from '../../src/hub/connection';
import type { LiveMessage, LiveQuestion } from '../../src/hub/protocol';
import type { IServer, ISocket } from '../../src/hub/server';

/** Time that goes on only when it is told to. */
export class FakeClock implements IClock {
  time = 1000;
  private _timers: { at: number; action: () => void }[] = [];

  now(): number {
    return this.time;
  }

  random(): number {
    return 1;
  }

  after(seconds: number, action: () => void): () => void {
    const timer = { at: this.time + seconds, action };
    this._timers.push(timer);
    return () => {
      this._timers = this._timers.filter(other => other !== timer);
    };
  }

  /** Timers that are set. */
  get pending(): number {
    return this._timers.length;
  }

  pass(seconds: number): void {
    const end = this.time + seconds;
    for (;;) {
      const due = this._timers
        .filter(timer => timer.at <= end)
        .sort((a, b) => a.at - b.at)[0];
      if (due === undefined) {
        break;
      }
      this._timers = this._timers.filter(other => other !== due);
      this.time = Math.max(this.time, due.at);
      due.action();
    }
    this.time = end;
  }
}

export class FakeSocket implements ISocket {
  onopen: ISocket['onopen'] = null;
  onmessage: ISocket['onmessage'] = null;
  onclose: ISocket['onclose'] = null;
  readonly sent: LiveQuestion[] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as LiveQuestion);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.(new Event('open'));
  }

  say(message: LiveMessage): void {
    this.sayText(JSON.stringify(message));
  }

  /** Anything at all. */
  sayText(data: string): void {
    this.onmessage?.(new MessageEvent('message', { data }));
  }

  /** The other end goes. */
  drop(): void {
    this.onclose?.(new CloseEvent('close'));
  }

  /** Stand, as a hub with that journal would let it. */
  stand(number = 0, hub = 'h'): this {
    this.open();
    this.say({ op: 'following', hub, number });
    return this;
  }
}

export class FakeServer implements IServer {
  readonly sockets: FakeSocket[] = [];
  readonly requests: {
    method: string;
    path: readonly string[];
    query: unknown;
  }[] = [];
  answer: (path: readonly string[]) => unknown = () => ({});

  socket(): ISocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }

  get last(): FakeSocket {
    const socket = this.sockets[this.sockets.length - 1];
    if (socket === undefined) {
      throw new Error('There is no socket yet.');
    }
    return socket;
  }

  /** Sockets that are not closed. */
  get open(): FakeSocket[] {
    return this.sockets.filter(socket => !socket.closed);
  }

  async request(
    method: 'GET' | 'POST' | 'DELETE',
    path: readonly string[],
    query?: unknown
  ): Promise<unknown> {
    this.requests.push({ method, path, query });
    return this.answer(path);
  }
}
