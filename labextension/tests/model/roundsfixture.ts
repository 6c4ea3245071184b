import type {
  Activity,
  AttemptView,
  Interval,
  NodeView,
  OfferRow,
  RoundView
} from '../../src/hub/protocol';
import type { IRunState } from '../../src/tokens';

/** A node whose activities follow one another: `[activity, round, begin, end]`. */
export function member(
  node: string,
  index: number,
  spans: readonly (readonly [Activity, number, number, number])[],
  more: Partial<NodeView> = {}
): NodeView {
  const intervals = spans.map(
    ([activity, round, begin, end], place): Interval => [
      activity,
      '',
      round,
      begin,
      end,
      100 * index + place + 1
    ]
  );
  return {
    node,
    index,
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
    role: index === 0 ? 'aggregator' : 'data holder',
    scheduler: 'DemoAvg',
    activity: null,
    detail: '',
    round: 0,
    attempt: '',
    wait: null,
    failure: null,
    result: '',
    reported: 0,
    intervals,
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
    ...more
  };
}

export function round(
  number: number,
  begin: number,
  end: number,
  more: Partial<RoundView> = {}
): RoundView {
  return {
    round: number,
    seq: 1000 * number,
    begin,
    end,
    left_out: [],
    streams: 0,
    bytes: 0,
    updates: 0,
    expected: 0,
    ...more
  };
}

export function attempt(
  rounds: readonly RoundView[],
  more: Partial<AttemptView> = {}
): AttemptView {
  return {
    attempt: 'n',
    aggregator: 'agg',
    scheduler: 'DemoAvg',
    max_rounds: 5,
    seq: 1,
    begin: 1,
    end: 0,
    result: '',
    rounds,
    ...more
  };
}

export function run(
  members: readonly NodeView[],
  attempts: readonly AttemptView[],
  more: Partial<IRunState> = {}
): IRunState {
  return {
    task: 't',
    run: 1,
    number: 1,
    at: 0,
    seq: 1,
    started: 0,
    ended: 0,
    nodes: members.map(({ node }) => node),
    members,
    attempts,
    transfers: [],
    events: 0,
    logs: 0,
    dropped: 0,
    memory: {},
    ...more
  };
}

export function taken(
  seq: number,
  source: string,
  target: string,
  size: number,
  at = seq / 100
): OfferRow {
  return {
    seq,
    at,
    kind: 'offer',
    node: source,
    task: 't',
    run: 1,
    body: { offer: `o${seq}`, source, target, state: 'taken', size }
  };
}

/** Two finished rounds of 8 s and a third one, 3 s old at 20: two holders, of which b is slower. */
export function threeRounds(more: Partial<AttemptView> = {}): IRunState {
  return run(
    [
      member('agg', 0, [
        ['starting', 0, 0, 1],
        ['sending', 1, 1, 2],
        ['waiting', 1, 2, 8],
        ['aggregating', 1, 8, 9],
        ['sending', 2, 9, 10],
        ['waiting', 2, 10, 16],
        ['aggregating', 2, 16, 17],
        ['sending', 3, 17, 18],
        ['waiting', 3, 18, 0]
      ]),
      member('a', 1, [
        ['receiving', 1, 1, 2],
        ['training', 1, 2, 6],
        ['sending', 1, 6, 7],
        ['waiting', 1, 7, 9],
        ['training', 2, 10, 14],
        ['sending', 2, 14, 15],
        ['waiting', 2, 15, 18],
        ['training', 3, 18, 19],
        ['sending', 3, 19, 19.5],
        ['waiting', 3, 19.5, 0]
      ]),
      member('b', 2, [
        ['training', 1, 2, 7],
        ['sending', 1, 7, 8],
        ['training', 2, 10, 15],
        ['sending', 2, 15, 16],
        ['training', 3, 18, 0]
      ])
    ],
    [attempt([round(1, 1, 9), round(2, 9, 17), round(3, 17, 0)], more)]
  );
}
