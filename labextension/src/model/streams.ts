/** Builds data streams and the steps of their handshakes from what became of each offer. Pure and incremental. */

import type { OfferRow } from '../hub/protocol';
import type {
  IOfferChange,
  IStep,
  IStream,
  ITransfer,
  Item,
  OfferState
} from './messageItems';
import type { Shared } from './shared';

export class Streams {
  /** `items`: where new ones are put. */
  constructor(
    private readonly _items: Item[],
    private readonly _shared: Shared
  ) {}

  add(row: OfferRow): void {
    const { body } = row;
    const change: IOfferChange = {
      seq: row.seq,
      at: row.at,
      state: body.state,
      cause: this._shared.text(body.cause ?? '')
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
      target: this._shared.text(body.target),
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
      from: this._shared.text(body.source),
      size: body.size ?? 0,
      name: this._shared.text(body.name ?? ''),
      label: this._shared.text(body.label ?? ''),
      transfers: [transfer]
    };
    const step = this._step(row, body.source, body.target, stream);
    this._items.push(stream);
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
      from: this._shared.text(outgoing ? stream.from : from),
      targets: [this._shared.text(outgoing ? row.body.target : target)],
      state: row.body.state,
      stream
    };
    this._items.push(step);
    return step;
  }

  /** Those that are not settled. */
  private readonly _offers = new Map<
    string,
    { transfer: ITransfer; stream: IStream }
  >();
  private _batch: { name: string; stream: IStream; step: IStep } | null = null;
}

/** Whether nothing more becomes of an offer. */
function isSettled(state: OfferState): boolean {
  return state === 'taken' || state === 'denied' || state === 'withdrawn';
}
