/** Runs whose nodes did one thing after another, for the specs of rounds. */

import type {
  Activity,
  AttemptView,
  Interval,
  NodeView,
  OfferRow,
  RoundView
} from '../../src/hub/protocol';
import type { IRunState } from '../../src/tokens';
import * as runs from './runs';

/** A node whose activities follow one another: `[activity, round, begin, end]`. */
export function member(
  id: string,
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
  return runs.node(id, {
    index,
    since: 0,
    role: index === 0 ? 'aggregator' : 'data holder',
    leads: index === 0,
    activity: null,
    intervals,
    ...more
  });
}

export function round(
  number: number,
  begin: number,
  end: number,
  more: Partial<RoundView> = {}
): RoundView {
  return runs.round(number, begin, end, { seq: 1000 * number, ...more });
}

export function attempt(
  rounds: readonly RoundView[],
  more: Partial<AttemptView> = {}
): AttemptView {
  return runs.attempt({ seq: 1, begin: 1, rounds, ...more });
}

export function run(
  members: readonly NodeView[],
  attempts: readonly AttemptView[],
  more: Partial<IRunState> = {}
): IRunState {
  return runs.blankRun(members, { number: 1, attempts, ...more });
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
