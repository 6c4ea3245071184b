/** Runs for the tests of the model. */

import type {
  Activity,
  AttemptView,
  FailureView,
  Interval,
  NodeView,
  RoundView,
  WaitView
} from '../../src/hub/protocol';
import type { IAwaited } from '../../src/model/waits';
import type { IRunState } from '../../src/tokens';

/** What nodes wait for. */
export const JOIN: IAwaited = { kind: 'join', name: 'checkin', round: 0 };

export function message(name: string, round = 0): IAwaited {
  return { kind: 'message', name, round };
}

export function stream(name: string, round: number): IAwaited {
  return { kind: 'stream', name, round };
}

/** A node that is up, of which nothing else is known. */
export function member(id: string, change: Partial<NodeView> = {}): NodeView {
  return {
    node: id,
    index: 0,
    state: 'up',
    lost: false,
    epoch: 1,
    since: 0,
    ended: 0,
    cause: '',
    pid: 1,
    host: '',
    notebook: '',
    kernel: '',
    cell: '',
    nodes: [],
    role: '',
    leads: false,
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
    ...change
  };
}

/** A data holder that trains. */
export function node(id: string, change: Partial<NodeView> = {}): NodeView {
  return member(id, {
    since: 100,
    role: 'data holder',
    scheduler: 'DemoAvg',
    activity: 'training',
    ...change
  });
}

export function absent(id: string): NodeView {
  return node(id, { state: 'absent', activity: null, role: '', since: 0 });
}

/** A node that waits since then. */
export function waiting(
  id: string,
  whom: readonly string[],
  awaited: IAwaited,
  since: number,
  change: Partial<NodeView> = {}
): NodeView {
  const wait: WaitView = {
    ...awaited,
    whom,
    since,
    limit: null,
    arrived: [],
    expected: 0
  };
  return node(id, { activity: 'waiting', wait, ...change });
}

export function failed(
  id: string,
  type: string,
  message: string,
  change: Partial<NodeView> = {}
): NodeView {
  return node(id, {
    state: 'failed',
    activity: 'failed',
    round: 1,
    failure: { type, message },
    errors: [50],
    intervals: [span('training', 110, 120), span('failed', 120, 121)],
    ...change
  });
}

export function span(
  activity: Activity,
  begin: number,
  end = 0,
  change: { detail?: string; round?: number; seq?: number } = {}
): Interval {
  const { detail = '', round = 1, seq = begin } = change;
  return [activity, detail, round, begin, end, seq];
}

export function round(
  number: number,
  begin: number,
  end = 0,
  change: Partial<RoundView> = {}
): RoundView {
  return {
    round: number,
    seq: begin,
    begin,
    end,
    left_out: [],
    streams: 0,
    bytes: 0,
    updates: 0,
    expected: 0,
    ...change
  };
}

export function attempt(change: Partial<AttemptView> = {}): AttemptView {
  return {
    attempt: 'a',
    leader: 'agg',
    scheduler: 'DemoAvg',
    max_rounds: 5,
    seq: 100,
    begin: 100,
    end: 0,
    result: '',
    rounds: [],
    ...change
  };
}

/** What failed, alike ones as one, consequences last: as the hub tells it of nodes that failed one after the other. */
function failuresOf(members: readonly NodeView[]): FailureView[] {
  const views = new Map<string, FailureView>();
  for (const { node, state, failure, ended } of members) {
    if (state !== 'failed' || failure === null) {
      continue;
    }
    const { type, message = '', place = '', because_of = [] } = failure;
    const key = JSON.stringify([type, message, place, because_of]);
    const nodes = [...(views.get(key)?.nodes ?? []), node];
    views.set(key, {
      nodes,
      count: nodes.length,
      at: views.get(key)?.at ?? ended,
      gone: false,
      type,
      message,
      place,
      because_of
    });
  }
  const consequence = (view: FailureView) => Number(view.because_of.length > 0);
  return [...views.values()].sort((a, b) => consequence(a) - consequence(b));
}

/** A run of which only the nodes are known. */
export function blankRun(
  members: readonly NodeView[],
  change: Partial<IRunState> = {}
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
    failures: failuresOf(members),
    events: 0,
    logs: 0,
    dropped: 0,
    memory: {},
    ...change
  };
}

/** It began at 100. */
export function run(
  members: readonly NodeView[],
  change: Partial<IRunState> = {}
): IRunState {
  return blankRun(members, {
    number: 1000,
    at: 200,
    seq: 90,
    started: 100,
    ...change
  });
}
