/** What travels in a run: contract messages, data streams, and the steps of their handshakes. */

import type { OfferBody } from '../hub/protocol';

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
  /** What it holds; empty: its sender does not say. */
  readonly name: string;
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
