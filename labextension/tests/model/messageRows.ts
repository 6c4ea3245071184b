/** Rows and nodes for the specs of messages and the diagram. */

import type {
  EventRow,
  NodeView,
  OfferRow,
  ReadRow,
  StateRow,
  Wait
} from '../../src/hub/protocol';
import type { IRunState } from '../../src/tokens';

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

export function member(node: string, parts: Partial<NodeView> = {}): NodeView {
  return {
    node,
    index: 0,
    state: 'up',
    lost: false,
    epoch: 1,
    since: 0,
    ended: 0,
    cause: '',
    pid: 0,
    host: '',
    notebook: '',
    kernel: '',
    cell: '',
    nodes: [],
    role: '',
    scheduler: '',
    activity: null,
    detail: '',
    round: 0,
    attempt: '',
    wait: null,
    failure: null,
    result: '',
    reported: 0,
    intervals: [],
    levels: {},
    errors: [],
    error_times: [],
    messages_out: 0,
    messages_in: 0,
    addressed: 0,
    streams_out: 0,
    streams_in: 0,
    bytes_out: 0,
    bytes_in: 0,
    ...parts
  };
}

export function runOf(
  members: NodeView[],
  parts: Partial<IRunState> = {}
): IRunState {
  return {
    task: 't',
    run: 1,
    number: 0,
    at: 0,
    seq: 1,
    started: 0,
    ended: 0,
    nodes: members.map(({ node }) => node),
    members,
    attempts: [],
    transfers: [],
    events: 0,
    logs: 0,
    dropped: 0,
    memory: {},
    ...parts
  };
}
