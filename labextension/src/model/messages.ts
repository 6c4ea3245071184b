/**
 * The fold of a run's journal rows into what a sequence diagram shows: contract messages, data streams, and the steps
 * of their handshakes, in the order of the journal. Pure, incremental, and small: 100,000 messages are held at once.
 *
 * Nothing is ever taken out of it. A view as of number N asks the same book with `asOf`: rows after N do not count.
 */

import type { EventRow, ReadRow, Row } from '../hub/protocol';
import { firstAfter } from './bisect';
import type { IMessage, Item } from './messageItems';
import { Shared } from './shared';
import { Streams } from './streams';
import { WaitNotes, type IWaitNote } from './waitNotes';

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

/** Everything that was sent in one run. */
export class MessageBook {
  /** In the order of their numbers. */
  readonly items: Item[] = [];
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
          this._streams.add(row);
          break;
        case 'state':
          this._waits.add(row);
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
    return this._waits.of(node);
  }

  private _event(row: EventRow): void {
    const { body } = row;
    const type = this._shared.text(body.type);
    const targets = this._shared.list(body.targets);
    this.items.push({
      kind: 'message',
      seq: row.seq,
      at: row.at,
      from: this._shared.text(row.node ?? ''),
      targets,
      type,
      title: this._shared.text(body.title ?? ''),
      sent: body.sent ?? 0,
      size: body.size ?? null,
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

  /** By list of targets, which messages share. */
  private readonly _places = new Map<
    readonly string[],
    ReadonlyMap<string, number>
  >();
  private readonly _shared = new Shared();
  private readonly _streams = new Streams(this.items, this._shared);
  private readonly _waits = new WaitNotes(this._shared);
}
