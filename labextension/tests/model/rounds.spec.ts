import { describe, expect, it } from 'vitest';

import { attemptProgress as progressOf } from '../../src/model/attemptProgress';
import { attemptEnd } from '../../src/model/attempts';
import { median } from '../../src/model/median';
import { roundsOf } from '../../src/model/rounds';
import { slowNode } from '../../src/model/slowest';
import { Traffic } from '../../src/model/traffic';
import { shareOf, workOf } from '../../src/model/work';
import {
  attempt,
  member,
  round,
  run,
  taken,
  threeRounds
} from './roundsfixture';

describe('median', () => {
  it('is null of nothing, and the mean of the two in the middle', () => {
    expect(median([])).toBeNull();
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1])).toBe(2.5);
  });
});

describe('roundsOf', () => {
  it('says duration, updates and the slowest node of each round', () => {
    const rounds = roundsOf(threeRounds(), 20);
    expect(rounds.map(item => item.duration)).toEqual([8, 8, 3]);
    expect(rounds.map(item => item.going)).toEqual([false, false, true]);
    expect(rounds.map(item => [item.updates, item.expected])).toEqual([
      [2, 2],
      [2, 2],
      [1, 2]
    ]);
    expect(rounds.map(item => item.slowest)).toEqual([
      { node: 'b', seconds: 5 },
      { node: 'b', seconds: 5 },
      null
    ]);
    expect(rounds.map(item => item.bytes)).toEqual([0, 0, 0]);
  });

  it('counts a node that was left out as expected, not as an update', () => {
    const left = [{ node: 'b', reason: 'late' }];
    const state = threeRounds({
      rounds: [round(1, 1, 9, { left_out: left }), round(2, 9, 17)]
    });
    const [first, second] = roundsOf(state, 20);
    expect(first).toMatchObject({ updates: 1, expected: 2, leftOut: left });
    expect(second).toMatchObject({ updates: 2, expected: 2 });
  });

  it('takes bytes and updates of what the hub has counted', () => {
    const counted = { streams: 3, bytes: 250, updates: 1, expected: 2 };
    const state = threeRounds({
      rounds: [round(1, 1, 9, counted), round(2, 9, 17), round(3, 17, 0)]
    });
    const [first, second] = roundsOf(state, 20);
    expect(first).toMatchObject({ bytes: 250, updates: 1, expected: 2 });
    expect(second).toMatchObject({ bytes: 0, updates: 2, expected: 2 });
  });

  it('counts those of whom only their streams tell, and the aggregator that trains', () => {
    const counted = { streams: 9, bytes: 9, updates: 4, expected: 5 };
    const of = (spans: Parameters<typeof member>[2]) =>
      roundsOf(
        run([member('agg', 0, spans)], [attempt([round(1, 1, 4, counted)])]),
        5
      )[0];
    expect(
      of([
        ['training', 1, 1, 3],
        ['waiting', 1, 3, 4]
      ])
    ).toMatchObject({ updates: 5, expected: 6 });
    // What it failed or died over is no update.
    expect(of([['training', 1, 1, 3]])).toMatchObject({
      updates: 4,
      expected: 6
    });
    expect(
      of([
        ['training', 1, 1, 3],
        ['failed', 1, 3, 4]
      ])
    ).toMatchObject({ updates: 4, expected: 6 });
  });

  it('counts an aggregator that trains as well', () => {
    const state = run(
      [
        member('agg', 0, [['training', 1, 1, 3]]),
        member('a', 1, [
          ['training', 1, 1, 2],
          ['sending', 1, 2, 3]
        ])
      ],
      [attempt([round(1, 1, 4)])]
    );
    expect(roundsOf(state, 5)[0]).toMatchObject({ updates: 2, expected: 2 });
  });

  it('counts what was sent in the round in which it broke off', () => {
    const state = threeRounds({
      rounds: [round(1, 1, 9), round(2, 9, 17), round(3, 17, 20)],
      end: 20,
      result: 'failed'
    });
    expect(roundsOf(state, 30).map(item => item.updates)).toEqual([2, 2, 1]);
  });

  it('names an aggregator as slowest when it trains, not when it conducts', () => {
    const slowest = (activity: 'training' | 'custom') =>
      roundsOf(
        run(
          [
            member('agg', 0, [[activity, 1, 1, 9]]),
            member('a', 1, [
              ['training', 1, 1, 3],
              ['sending', 1, 3, 4]
            ])
          ],
          [attempt([round(1, 1, 10)])]
        ),
        11
      )[0];
    expect(slowest('training')).toMatchObject({
      slowest: { node: 'agg', seconds: 8 },
      updates: 2
    });
    expect(slowest('custom')).toMatchObject({
      slowest: { node: 'a', seconds: 2 },
      updates: 1,
      expected: 1
    });
  });

  it('shows the latest attempt, without what came before it', () => {
    const state = run(
      [
        member('agg', 0, []),
        member('a', 1, [
          ['training', 1, 1, 9],
          ['training', 1, 20, 21]
        ])
      ],
      [attempt([round(1, 1, 10)]), attempt([round(1, 19, 22)], { begin: 18 })]
    );
    expect(roundsOf(state, 30)).toHaveLength(1);
    expect(roundsOf(state, 30)[0]?.slowest).toEqual({ node: 'a', seconds: 1 });
  });

  it('is empty without an attempt', () => {
    expect(roundsOf(run([], []), 1)).toEqual([]);
  });
});

describe('progressOf', () => {
  it('estimates the rest from the median of the finished rounds', () => {
    expect(progressOf(threeRounds(), 20)).toMatchObject({
      going: true,
      elapsed: 19,
      round: 3,
      finished: 2,
      median: 8,
      part: 3 / 8,
      remaining: 8 * 2 + 5
    });
  });

  it('says no estimate when the number of rounds is not known, or none is finished', () => {
    const unknown = progressOf(threeRounds({ max_rounds: 0 }), 20);
    expect(unknown?.remaining).toBeNull();
    const first = threeRounds({ rounds: [round(1, 1, 0)] });
    expect(progressOf(first, 20)).toMatchObject({
      median: null,
      remaining: null,
      part: 0
    });
  });

  it('never goes below zero when a round takes longer than usual', () => {
    expect(progressOf(threeRounds(), 100)?.remaining).toBe(16);
    const last = threeRounds({ max_rounds: 3 });
    expect(progressOf(last, 100)?.remaining).toBeNull();
  });

  it('counts the rounds before a recovery', () => {
    const state = threeRounds({ rounds: [round(4, 1, 9), round(5, 9, 0)] });
    expect(progressOf(state, 10)).toMatchObject({ finished: 4, remaining: 7 });
  });

  it('ends with its aggregator', () => {
    const rounds = [round(1, 1, 9), round(2, 9, 0)];
    const state = run(
      [member('agg', 0, [], { state: 'gone', ended: 12 })],
      [attempt(rounds)]
    );
    expect(attemptEnd(state, attempt(rounds))).toBe(12);
    expect(progressOf(state, 20)).toMatchObject({
      going: false,
      elapsed: 11,
      finished: 1,
      remaining: null
    });
    expect(roundsOf(state, 20)[1]).toMatchObject({ duration: 3, going: false });
  });

  it('does not count the round in which it failed', () => {
    const state = threeRounds({
      rounds: [round(1, 1, 9), round(2, 9, 11)],
      end: 11,
      result: 'failed'
    });
    expect(progressOf(state, 20)).toMatchObject({ finished: 1, median: 8 });
  });

  it('is null without an attempt', () => {
    expect(progressOf(run([], []), 1)).toBeNull();
  });
});

describe('slowNode', () => {
  it('is how much the slowest is above the median of the others', () => {
    expect(slowNode(threeRounds(), 20)).toEqual({
      node: 'b',
      seconds: 5,
      surplus: 1
    });
  });

  it('has no surplus when it is alone, and is nobody before a round is over', () => {
    const alone = run(
      [member('agg', 0, [['training', 1, 1, 3]])],
      [attempt([round(1, 1, 4)])]
    );
    expect(slowNode(alone, 5)).toMatchObject({ node: 'agg', surplus: null });
    const first = threeRounds({ rounds: [] });
    expect(slowNode({ ...first, members: [] }, 20)).toBeNull();
  });
});

describe('workOf', () => {
  it('adds what is going on to what is over, and does not keep it', () => {
    const node = member('a', 1, [
      ['training', 1, 0, 2],
      ['waiting', 1, 2, 3],
      ['training', 1, 3, 0]
    ]);
    expect(workOf(node, 0, 5).get(1)?.work).toBe(4);
    expect(workOf(node, 0, 9).get(1)?.work).toBe(8);
  });

  it('takes what began before an attempt for no part of its round', () => {
    const node = member('a', 1, [
      ['training', 1, 0, 2],
      ['training', 1, 3, 0]
    ]);
    expect(workOf(node, 1, 9).get(1)?.work).toBe(6);
    const unnumbered = member('b', 2, [['custom', 0, 0, 2]]);
    expect(workOf(unnumbered, 1, 9).get(0)?.work).toBe(1);
  });
});

describe('shareOf', () => {
  it('leaves out what it took to start', () => {
    const node = member('a', 1, [
      ['starting', 0, 0, 10],
      ['waiting', 0, 10, 11],
      ['training', 1, 11, 0]
    ]);
    expect(shareOf(node, 0, 14)).toEqual({ busy: 0.75, waited: 0.25 });
    expect(shareOf(member('b', 2, []), 0, 14)).toBeNull();
  });
});

describe('Traffic', () => {
  it('says what a node sent and received in a time', () => {
    const traffic = new Traffic();
    traffic.add([
      taken(1, 'a', 'agg', 5, 1),
      taken(2, 'agg', 'a', 7, 2),
      taken(3, 'a', 'agg', 11, 3)
    ]);
    // A stream at the border of two bars counts in the second.
    expect(traffic.during('a', 1, 3)).toEqual({ sent: 5, received: 7 });
    expect(traffic.during('a', 3, 4)).toEqual({ sent: 11, received: 0 });
    expect(traffic.asOf(1).during('a', 0, 9)).toEqual({ sent: 5, received: 0 });
    expect(traffic.during('a', 2, 2)).toEqual({ sent: 0, received: 0 });
    traffic.clear();
    expect(traffic.during('a', 0, 9)).toEqual({ sent: 0, received: 0 });
  });

  it('counts only what was taken', () => {
    const traffic = new Traffic();
    const offered = taken(1, 'a', 'agg', 5);
    traffic.add([{ ...offered, body: { ...offered.body, state: 'denied' } }]);
    expect(traffic.during('a', 0, 9)).toEqual({ sent: 0, received: 0 });
  });
});
