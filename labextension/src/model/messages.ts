/**
 * The fold of a run's journal rows into what a sequence diagram shows: contract messages, data streams, and the steps
 * of their handshakes, in the order of the journal. Pure, incremental, and small: 100,000 messages are held at once.
 *
 * Nothing is ever taken out of it. A view as of number N asks the same book with `asOf`: rows after N do not count.
 */

import type {
  EventRow,
  OfferBody,
  OfferRow,
  ReadRow,
  Row,
  StateRow
} from '../hub/protocol';

export type OfferState = OfferBody['state'];

/** A contract message. */
export interface IMessage {
  readonly kind: 'message';
  readonly seq: number;
  /** When the hub stored it. */
  readonly at: number;
  readonly from: string;
  /** Shared by all messages to the same nodes. */
  readonly targets: readonly string[];
  readonly type: string;
  readonly title: string;
  /** When its sender called; 0: not known, as of a sender whose clock is not the hub's. */
  readonly sent: number;
  /** Bytes of its content; null where the rows do not say. */
  readonly size: number | null;
  /** Of the data channel's own messages, which only say that a stream comes. */
  readonly handshake: boolean;
  /** Two numbers a target: the row in which it read the message (0: not yet), and when. */
  readonly reads: number[];
}

/** One change of an offer. */
export interface IOfferChange {
  readonly seq: number;
  readonly at: number;
  readonly state: OfferState;
  readonly cause: string;
}

/** A data stream on its way to one of its targets. */
export interface ITransfer {
  readonly offer: string;
  readonly target: string;
  readonly changes: IOfferChange[];
}

/** A data stream: the same bytes for one or more targets. */
export interface IStream {
  readonly kind: 'stream';
  readonly seq: number;
  readonly at: number;
  readonly from: string;
  readonly size: number;
  readonly label: string;
  readonly transfers: ITransfer[];
}

/** One step of the handshake of a stream. */
export interface IStep {
  readonly kind: 'step';
  readonly seq: number;
  readonly at: number;
  readonly from: string;
  /** For *offered* all targets of the stream. */
  readonly targets: string[];
  readonly state: OfferState;
  readonly stream: IStream;
}

export type Item = IMessage | IStream | IStep;

/** What a node said it waits for, from `at` until its next one. */
export interface IWaitNote {
  readonly at: number;
  readonly seq: number;
  /** Empty: any node. */
  readonly whom: readonly string[];
  readonly what: string;
  readonly expected: number;
}

/** The kinds of rows that the book is made from. */
export const MESSAGE_KINDS = ['event', 'read', 'offer', 'state'] as const;

/** Contract messages that only announce or answer a data stream. */
const HANDSHAKE_TYPES: ReadonlySet<string> = new Set([
  'apply_sf_sending_data',
  'accept_sf_sending_data',
  'deny_sending_data'
]);

/** Up to so many targets are looked through. */
const FEW = 16;

const NO_WAITS: readonly IWaitNote[] = [];

/** Everything that was sent in one run. */
export class MessageBook {
  /** In the order of their numbers. */
  readonly items: Item[] = [];
  /** How many messages of each event type there are. */
  readonly types = new Map<string, number>();
  /** The number of the last row that was taken up. */
  last = 0;
  /** Goes up with each change. */
  version = 0;
  /** Rows that the hub left out since this viewer was too slow. */
  skipped = 0;

  /** Take up rows in the order of their numbers; those that are known already do not count again. */
  add(rows: readonly Row[], skipped = 0): void {
    this.skipped += skipped;
    for (const row of rows) {
      if (row.seq <= this.last) {
        continue;
      }
      this.last = row.seq;
      switch (row.kind) {
        case 'event':
          this._event(row);
          break;
        case 'read':
          this._read(row);
          break;
        case 'offer':
          this._offer(row);
          break;
        case 'state':
          this._state(row);
          break;
      }
    }
    this.version += 1;
  }

  /** The message of that number. */
  message(seq: number): IMessage | null {
    for (let place = firstAfter(this.items, seq - 1); ; place++) {
      const item = this.items[place];
      if (item?.seq !== seq) {
        return null;
      }
      if (item.kind === 'message') {
        return item;
      }
    }
  }

  /** What a node said that it waits for, in order. */
  waits(node: string): readonly IWaitNote[] {
    return this._waits.get(node) ?? NO_WAITS;
  }

  private _event(row: EventRow): void {
    const { body } = row;
    const type = this._shared(body.type);
    const targets = this._sharedList(body.targets);
    this.types.set(type, (this.types.get(type) ?? 0) + 1);
    this.items.push({
      kind: 'message',
      seq: row.seq,
      at: row.at,
      from: this._shared(row.node ?? ''),
      targets,
      type,
      title: this._shared(body.title ?? ''),
      sent: body.sent ?? 0,
      size: sizeOf(body),
      handshake: HANDSHAKE_TYPES.has(type),
      reads: new Array<number>(2 * targets.length).fill(0)
    });
  }

  private _read(row: ReadRow): void {
    const message = this.message(row.body.event);
    const place =
      message === null ? -1 : this._placeOf(message.targets, row.node ?? '');
    // A message that was given back and read again counts from the first time.
    if (message !== null && place >= 0 && message.reads[2 * place] === 0) {
      message.reads[2 * place] = row.seq;
      message.reads[2 * place + 1] = row.at;
    }
  }

  /** Where a node stands among targets: a message to a thousand nodes is read a thousand times. */
  private _placeOf(targets: readonly string[], node: string): number {
    if (targets.length <= FEW) {
      return targets.indexOf(node);
    }
    let places = this._places.get(targets);
    if (places === undefined) {
      places = new Map(targets.map((target, place) => [target, place]));
      this._places.set(targets, places);
    }
    return places.get(node) ?? -1;
  }

  private _offer(row: OfferRow): void {
    const { body } = row;
    const change: IOfferChange = {
      seq: row.seq,
      at: row.at,
      state: body.state,
      cause: this._shared(body.cause ?? '')
    };
    const known = this._offers.get(body.offer);
    if (known !== undefined) {
      known.transfer.changes.push(change);
      this._step(row, body.target, body.source, known.stream);
      if (isSettled(change.state)) {
        this._offers.delete(body.offer);
      }
      return;
    }
    const transfer: ITransfer = {
      offer: body.offer,
      target: this._shared(body.target),
      changes: [change]
    };
    const stream = this._streamOf(row, transfer);
    if (!isSettled(change.state)) {
      this._offers.set(body.offer, { transfer, stream });
    }
  }

  /** The stream that a new offer belongs to: one of the same batch, or its own. */
  private _streamOf(row: OfferRow, transfer: ITransfer): IStream {
    const { body } = row;
    const open = this._batch;
    if (
      open !== null &&
      body.stream &&
      open.name === body.stream &&
      open.stream.from === body.source
    ) {
      open.stream.transfers.push(transfer);
      open.step.targets.push(transfer.target);
      return open.stream;
    }
    const stream: IStream = {
      kind: 'stream',
      seq: row.seq,
      at: row.at,
      from: this._shared(body.source),
      size: body.size ?? 0,
      label: this._shared(body.label ?? ''),
      transfers: [transfer]
    };
    const step = this._step(row, body.source, body.target, stream);
    this.items.push(stream);
    this._batch = { name: body.stream ?? '', stream, step };
    return stream;
  }

  private _step(
    row: OfferRow,
    from: string,
    target: string,
    stream: IStream
  ): IStep {
    // The sender itself withdraws; everything else is the answer of a target.
    const outgoing = row.body.state === 'withdrawn';
    const step: IStep = {
      kind: 'step',
      seq: row.seq,
      at: row.at,
      from: this._shared(outgoing ? stream.from : from),
      targets: [this._shared(outgoing ? row.body.target : target)],
      state: row.body.state,
      stream
    };
    this.items.push(step);
    return step;
  }

  private _state(row: StateRow): void {
    const { wait } = row.body;
    const node = row.node ?? '';
    let notes = this._waits.get(node);
    if (notes === undefined) {
      notes = [];
      this._waits.set(node, notes);
    }
    const before = notes[notes.length - 1];
    if (wait === null || wait === undefined) {
      if (before !== undefined && !isNothing(before)) {
        notes.push({
          at: row.at,
          seq: row.seq,
          whom: [],
          what: '',
          expected: 0
        });
      }
      return;
    }
    // A wait is told in full once, and then only with who arrived.
    const same =
      before !== undefined &&
      (wait.what ?? '') === '' &&
      (wait.whom ?? []).length === 0;
    if (!same) {
      notes.push({
        at: row.at,
        seq: row.seq,
        whom: this._sharedList(wait.whom ?? []),
        what: this._shared(wait.what ?? ''),
        expected: wait.expected ?? 0
      });
    }
  }

  private _shared(text: string): string {
    const known = this._texts.get(text);
    if (known !== undefined) {
      return known;
    }
    this._texts.set(text, text);
    return text;
  }

  private _sharedList(list: readonly string[]): readonly string[] {
    const key = list.join('\0');
    let known = this._lists.get(key);
    if (known === undefined) {
      known = list.map(text => this._shared(text));
      this._lists.set(key, known);
    }
    return known;
  }

  private readonly _texts = new Map<string, string>();
  private readonly _lists = new Map<string, readonly string[]>();
  /** By list of targets, which messages share. */
  private readonly _places = new Map<
    readonly string[],
    ReadonlyMap<string, number>
  >();
  private readonly _waits = new Map<string, IWaitNote[]>();
  /** Those that are not settled. */
  private readonly _offers = new Map<
    string,
    { transfer: ITransfer; stream: IStream }
  >();
  private _batch: { name: string; stream: IStream; step: IStep } | null = null;
}

/** The place of the first item with a larger number. */
export function firstAfter(
  items: readonly { readonly seq: number }[],
  seq: number
): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.seq ?? Infinity) <= seq) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Whether nothing more becomes of an offer. */
export function isSettled(state: OfferState): boolean {
  return state === 'taken' || state === 'denied' || state === 'withdrawn';
}

/** A node that waits for nothing. */
function isNothing(note: IWaitNote): boolean {
  return note.what === '' && note.whom.length === 0 && note.expected === 0;
}

function sizeOf(body: EventRow['body']): number | null {
  return body.size ?? null;
}
