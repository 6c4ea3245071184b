/** What became of each message and stream, as of a number. Pure. */

import type { IRunState } from '../tokens';
import { firstAfter } from './bisect';
import type {
  IMessage,
  IOfferChange,
  IStream,
  ITransfer,
  Item
} from './messageItems';

/**
 * How a message or stream stands with one of its receivers.
 *
 * - `read`: it has it;
 * - `reading`: the stream is on its way;
 * - `pending`: not yet, and that is nothing to worry about;
 * - `stuck`: not yet, and somebody should know;
 * - `never`: not yet, and the run has ended;
 * - `denied`, `withdrawn`: it never will.
 */
export type Standing =
  'read' | 'reading' | 'pending' | 'stuck' | 'never' | 'denied' | 'withdrawn';

export interface IArrival {
  target: string;
  standing: Standing;
  /** Since when it stands so: for `read` when it was read, for what is not read when it was sent. */
  at: number;
  cause: string;
}

/** What the standing of unread messages depends on. */
export interface ISituation {
  /** Rows after it do not count; null: all do. */
  asOf: number | null;
  /** The run is over. */
  ended: boolean;
  /** Nodes whose unread messages stand out. */
  stuck: ReadonlySet<string>;
}

/** An unread message stands out when another node has waited so long for its receiver. Seconds. */
const STUCK_AFTER = 2;

/** The situation of a run: not up, gone and failed nodes are stuck, and those that others have waited for. */
export function situationOf(
  run: IRunState,
  asOf: number | null,
  now: number
): ISituation {
  const stuck = new Set<string>();
  for (const { node, state, wait } of run.members) {
    if (state === 'absent' || state === 'gone' || state === 'failed') {
      stuck.add(node);
    }
    if (state === 'up' && wait !== null && now - wait.since > STUCK_AFTER) {
      const arrived = new Set(wait.arrived);
      for (const other of wait.whom) {
        if (!arrived.has(other) && other !== node) {
          stuck.add(other);
        }
      }
    }
  }
  return { asOf, ended: run.ended > 0, stuck };
}

/** How an item stands with each of its receivers, in their order. A step of a handshake has none. */
export function arrivalsOf(item: Item, situation: ISituation): IArrival[] {
  switch (item.kind) {
    case 'message':
      return item.targets.map((target, place) =>
        messageArrival(item, target, place, situation)
      );
    case 'stream':
      return transfersOf(item, situation.asOf).map(transfer =>
        streamArrival(item, transfer, situation)
      );
    case 'step':
      return [];
  }
}

/** The transfers of a stream that were offered by then. */
function transfersOf(
  stream: IStream,
  asOf: number | null
): readonly ITransfer[] {
  return asOf === null
    ? stream.transfers
    : stream.transfers.filter(({ changes }) => (changes[0]?.seq ?? 0) <= asOf);
}

/** How an offer stood. */
function changeOf(
  transfer: ITransfer,
  asOf: number | null
): IOfferChange | undefined {
  const { changes } = transfer;
  return changes[
    asOf === null ? changes.length - 1 : firstAfter(changes, asOf) - 1
  ];
}

/** Whether somebody has not got it and still may, or might have: the ones that "not read" counts. */
export function isUnread(item: Item, asOf: number | null): boolean {
  switch (item.kind) {
    case 'message': {
      const { reads } = item;
      for (let place = 0; place < reads.length; place += 2) {
        const seq = reads[place] ?? 0;
        if (seq === 0 || (asOf !== null && seq > asOf)) {
          return true;
        }
      }
      return false;
    }
    case 'stream':
      return transfersOf(item, asOf).some(transfer => {
        const state = changeOf(transfer, asOf)?.state;
        return state === 'offered' || state === 'reading';
      });
    case 'step':
      return false;
  }
}

/** When the last thing became of a stream, as that it was taken or denied; of all else, its own time. */
export function endOf(item: Item, asOf: number | null): number {
  let end = item.at;
  if (item.kind === 'stream') {
    for (const transfer of transfersOf(item, asOf)) {
      end = Math.max(end, changeOf(transfer, asOf)?.at ?? 0);
    }
  }
  return end;
}

/** Bytes: what is known of its size; null: nothing. */
export function sizeOf(item: Item): number | null {
  return item.kind === 'step' ? item.stream.size : item.size;
}

/** The ids it goes to. */
export function receiversOf(item: Item): readonly string[] {
  return item.kind === 'stream'
    ? item.transfers.map(({ target }) => target)
    : item.targets;
}

function messageArrival(
  message: IMessage,
  target: string,
  place: number,
  situation: ISituation
): IArrival {
  const seq = message.reads[2 * place] ?? 0;
  if (seq > 0 && (situation.asOf === null || seq <= situation.asOf)) {
    return {
      target,
      standing: 'read',
      at: message.reads[2 * place + 1] ?? 0,
      cause: ''
    };
  }
  return {
    target,
    standing: waiting(target, situation),
    at: message.at,
    cause: ''
  };
}

function streamArrival(
  stream: IStream,
  transfer: ITransfer,
  situation: ISituation
): IArrival {
  const { target } = transfer;
  const change = changeOf(transfer, situation.asOf);
  const state = change?.state ?? 'offered';
  const at = change?.at ?? stream.at;
  const cause = change?.cause ?? '';
  switch (state) {
    case 'taken':
      return { target, standing: 'read', at, cause };
    case 'denied':
    case 'withdrawn':
      return { target, standing: state, at, cause };
    case 'reading':
      return {
        target,
        standing: situation.ended ? 'never' : 'reading',
        at: stream.at,
        cause
      };
    case 'offered':
      return {
        target,
        standing: waiting(target, situation),
        at: stream.at,
        cause
      };
  }
}

function waiting(target: string, situation: ISituation): Standing {
  if (situation.ended) {
    return 'never';
  }
  return situation.stuck.has(target) ? 'stuck' : 'pending';
}
