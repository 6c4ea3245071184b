/** Journal rows of messages and streams, for the specs of messages and the diagram. */

import type {
  EventRow,
  OfferRow,
  ReadRow,
  StateRow,
  Wait
} from '../../src/hub/protocol';

export function event(
  seq: number,
  at: number,
  node: string,
  targets: string[],
  type: string,
  sent?: number
): EventRow {
  const body = { targets, type, message: `m${seq}`, contract: null, sent };
  return { seq, at, kind: 'event', node, task: 't', run: 1, body };
}

export function read(
  seq: number,
  at: number,
  node: string,
  message: number
): ReadRow {
  const body = { event: message };
  return { seq, at, kind: 'read', node, task: 't', run: 1, body };
}

export function offer(
  seq: number,
  at: number,
  source: string,
  target: string,
  state: OfferRow['body']['state'],
  name: string,
  stream = '',
  cause = ''
): OfferRow {
  const body = {
    offer: name,
    source,
    target,
    state,
    stream,
    cause,
    size: 90_100
  };
  return { seq, at, kind: 'offer', node: source, task: 't', run: 1, body };
}

export function state(
  seq: number,
  at: number,
  node: string,
  wait: Wait | null
): StateRow {
  const body = { time: at, activity: 'waiting' as const, wait };
  return { seq, at, kind: 'state', node, task: 't', run: 1, body };
}
