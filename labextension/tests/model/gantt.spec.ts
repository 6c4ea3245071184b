import { describe, expect, it } from 'vitest';

import { barsOf, tailOf } from '../../src/model/gantt';
import { neighbour } from '../../src/model/laneSteps';
import { lanesOf, restBars } from '../../src/model/lanes';
import { slowNode } from '../../src/model/slowest';
import { wholeTime, within, zoomed } from '../../src/model/timeWindow';
import { attempt, member, round, run, threeRounds } from './roundsfixture';

const many = (count: number) =>
  run(
    [
      member('agg', 0, [['waiting', 1, 1, 9]]),
      ...Array.from({ length: count }, (_, place) =>
        member(`n${place}`, place + 1, [['training', 1, 1, 2 + place]])
      )
    ],
    [attempt([round(1, 1, 2000)])]
  );

describe('lanesOf', () => {
  it('gives each of a few nodes a lane', () => {
    const lanes = lanesOf(many(11), 1);
    expect(lanes.nodes).toHaveLength(12);
    expect(lanes.rest).toEqual([]);
  });

  it('of many, gives the aggregator and the ten slowest one', () => {
    const lanes = lanesOf(many(999), 1);
    expect(lanes.nodes.map(item => item.node)).toEqual([
      'agg',
      ...Array.from({ length: 10 }, (_, place) => `n${989 + place}`)
    ]);
    expect(lanes.rest).toHaveLength(989);
  });

  it('gives one to those who are slow in the round that goes on', () => {
    const state = run(
      Array.from({ length: 30 }, (_, place) =>
        member(`n${place}`, place, [
          ['training', 1, 1, place < 15 ? 3 : 2],
          ['training', 2, 5, place < 27 ? 6 : 0]
        ])
      ),
      [attempt([round(1, 1, 4), round(2, 5, 0)])]
    );
    const lanes = lanesOf(state, 20).nodes.map(item => item.node);
    expect(lanes).toEqual(expect.arrayContaining(['n27', 'n28', 'n29']));
    expect(slowNode(state, 20)).toEqual({
      node: 'n27',
      seconds: 15,
      surplus: 13
    });
  });
});

describe('restBars', () => {
  it('says min, median and max of a round', () => {
    const state = many(3);
    expect(
      restBars(state.members.slice(1), attempt([round(1, 1, 0)]), 1)
    ).toEqual([{ round: 1, begin: 1, min: 1, median: 2, max: 3, nodes: 3 }]);
  });
});

describe('wholeTime', () => {
  it('ends with the attempt', () => {
    const state = threeRounds({ end: 30, result: 'finished' });
    expect(wholeTime(state, 99, null)).toEqual({ begin: 0, end: 30 });
  });

  it('leaves room for what is expected, and moves in steps', () => {
    const whole = wholeTime(threeRounds(), 20.2, 3);
    expect(whole.begin).toBe(0);
    expect(whole.end).toBeGreaterThanOrEqual(23);
    expect(wholeTime(threeRounds(), 20.3, 3)).toEqual(whole);
  });

  it('begins with a later attempt', () => {
    const state = threeRounds();
    const again = {
      ...state,
      attempts: [...state.attempts, attempt([], { begin: 15, end: 17 })]
    };
    expect(wholeTime(again, 20, null)).toEqual({ begin: 15, end: 17 });
  });
});

describe('zoomed', () => {
  const whole = { begin: 0, end: 100 };

  it('keeps the time under the pointer in its place', () => {
    expect(zoomed(whole, whole, 0.5, 20)).toEqual({ begin: 10, end: 60 });
  });

  it('stays in the whole', () => {
    expect(zoomed({ begin: 0, end: 60 }, whole, 2, 10)).toEqual(whole);
    expect(within({ begin: -5, end: 5 }, whole)).toEqual({ begin: 0, end: 10 });
    expect(within({ begin: 95, end: 105 }, whole)).toEqual({
      begin: 90,
      end: 100
    });
  });
});

describe('barsOf', () => {
  const draw = (spans: Parameters<typeof member>[2], width = 100, now = 10) =>
    barsOf(
      member('a', 1, spans).intervals,
      { begin: 0, end: 10 },
      width,
      now
    ).map(({ left, width, activity, count }) => [left, width, activity, count]);

  it('places bars, the one that is going on up to now', () => {
    expect(
      draw(
        [
          ['training', 1, 1, 3],
          ['waiting', 1, 3, 0]
        ],
        100,
        6
      )
    ).toEqual([
      [10, 20, 'training', 1],
      [30, 30, 'waiting', 1]
    ]);
  });

  it('draws what is too narrow together, as what took most of it', () => {
    expect(
      draw([
        ['receiving', 1, 1, 1.05],
        ['training', 1, 1.05, 1.15],
        ['sending', 1, 1.15, 1.2],
        ['waiting', 1, 1.2, 5]
      ])
    ).toEqual([
      [10, 2, 'training', 3],
      [12, 38, 'waiting', 1]
    ]);
  });

  it('gives work two pixels, and drops a wait nobody could see', () => {
    expect(
      draw([
        ['sending', 1, 1, 1.01],
        ['waiting', 1, 5, 5.01]
      ])
    ).toEqual([[10, 2, 'sending', 1]]);
  });

  it('clips to the window, and draws nothing of what is finished', () => {
    expect(
      draw([
        ['training', 1, -5, 2],
        ['finished', 1, 2, 0]
      ])
    ).toEqual([[0, 20, 'training', 1]]);
  });

  it('never draws more bars than fit', () => {
    const spans = Array.from(
      { length: 5000 },
      (_, place) =>
        [
          place % 2 ? 'training' : 'sending',
          1,
          place / 500,
          (place + 1) / 500
        ] as const
    );
    expect(draw(spans).length).toBeLessThanOrEqual(51);
  });
});

describe('tailOf', () => {
  const window = { begin: 10, end: 20 };

  it('goes on where a node was lost, to now', () => {
    const gone = member('a', 1, [['training', 1, 5, 12]], {
      state: 'gone',
      ended: 12
    });
    expect(tailOf(gone, window, 100, 18)).toEqual({
      left: 20,
      width: 60,
      state: 'gone'
    });
    expect(tailOf({ ...gone, ended: 5 }, window, 100, 30)).toMatchObject({
      left: 0,
      width: 100
    });
    expect(tailOf({ ...gone, ended: 25 }, window, 100, 30)).toBeNull();
  });

  it('begins with the failure, or at once for a node that never came', () => {
    const failed = member('a', 1, [['failed', 1, 15, 17]], {
      state: 'failed',
      ended: 17
    });
    expect(tailOf(failed, window, 100, 20)).toMatchObject({ left: 50 });
    const absent = member('b', 2, [], { state: 'absent' });
    expect(tailOf(absent, window, 100, 20)).toMatchObject({ width: 100 });
    expect(tailOf(member('c', 3, []), window, 100, 20)).toBeNull();
  });
});

describe('neighbour', () => {
  const { members } = threeRounds();
  const at = (lane: number, place: number) => ({
    node: members[lane]!.node,
    interval: members[lane]!.intervals[place]!
  });

  it('walks through a lane', () => {
    expect(neighbour(members, at(1, 1), 'right')).toEqual(at(1, 2));
    expect(neighbour(members, at(1, 1), 'left')).toEqual(at(1, 0));
    expect(neighbour(members, at(1, 0), 'left')).toBeNull();
  });

  it('goes to what another node did then', () => {
    expect(neighbour(members, at(1, 1), 'up')).toEqual(at(0, 2));
    expect(neighbour(members, at(1, 4), 'down')).toEqual(at(2, 2));
    expect(neighbour(members, at(0, 0), 'up')).toBeNull();
  });

  it('passes over nodes that did nothing', () => {
    const lanes = [members[0]!, member('x', 9, []), members[1]!];
    expect(neighbour(lanes, at(0, 2), 'down')).toEqual(at(1, 1));
  });

  it('does not leave the attempt, nor lose its place when a bar was merged', () => {
    expect(neighbour(members, at(1, 1), 'left', 2)).toBeNull();
    expect(neighbour(members, null, 'right', 1)).toEqual(at(0, 1));
    const [activity, detail, round, begin, end] = at(1, 4).interval;
    const merged = [activity, detail, round, begin, end, 999] as const;
    expect(
      neighbour(members, { node: 'a', interval: merged }, 'right')
    ).toEqual(at(1, 4));
  });

  it('begins with the first bar', () => {
    expect(neighbour(members, null, 'right')).toEqual(at(0, 0));
    expect(neighbour([], null, 'right')).toBeNull();
  });
});
