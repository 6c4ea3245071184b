import { describe, expect, it } from 'vitest';

import {
  aligned,
  bandOf,
  curveOf,
  nearest,
  placesOf,
  thinned
} from '../../src/model/curves';
import type { IPoint } from '../../src/model/metrics';

const point = (round: number, step: number, value = step): IPoint => ({
  seq: step,
  at: 100 + step,
  step,
  round,
  value
});

const series = (points: readonly IPoint[]) => ({
  name: 'loss',
  node: 'a',
  writer: '',
  points
});

describe('placesOf', () => {
  it('puts the last point of a round at its number', () => {
    expect(placesOf([point(1, 1), point(2, 2)], 'round', 0)).toEqual([1, 2]);
    expect(
      placesOf([point(1, 1), point(1, 2), point(2, 3)], 'round', 0)
    ).toEqual([0.5, 1, 2]);
  });

  it('counts in steps, or in points, where no round is known', () => {
    expect(placesOf([point(0, 5), point(0, 10)], 'round', 0)).toEqual([5, 10]);
    expect(placesOf([point(0, 0), point(0, 0)], 'round', 0)).toEqual([1, 2]);
  });

  it('counts in points where steps go backwards, so that no line runs back', () => {
    const points = [1, 2, 3, 1, 2].map(step => point(0, step));
    expect(placesOf(points, 'round', 0)).toEqual([1, 2, 3, 4, 5]);
  });

  it('counts seconds since the start', () => {
    expect(placesOf([point(1, 1), point(2, 2)], 'time', 100)).toEqual([1, 2]);
  });
});

describe('thinned', () => {
  it('keeps all of a few', () => {
    expect(thinned([point(1, 1), point(1, 2)], 4)).toEqual([0, 1]);
  });

  it('keeps the ends and every spike of many, also beside gaps', () => {
    const points = Array.from({ length: 10000 }, (_, step) =>
      point(1, step, step === 4321 ? 99 : step % 7 === 0 ? NaN : 0)
    );
    const kept = thinned(points, 400);
    expect(kept.length).toBeLessThanOrEqual(400);
    expect(kept).toContain(0);
    expect(kept).toContain(9999);
    expect(kept).toContain(4321);
    expect([...kept].sort((a, b) => a - b)).toEqual(kept);
  });
});

describe('curves', () => {
  it('are gaps where the number was not finite', () => {
    const curve = curveOf(
      series([point(1, 1, NaN), point(2, 2, Infinity), point(3, 3)]),
      'round',
      0
    );
    expect(curve.y).toEqual([null, null, 3]);
  });

  it('share one axis', () => {
    expect(
      aligned([
        { x: [1, 2], y: [10, null] },
        { x: [2, 3], y: [20, 30] }
      ])
    ).toEqual({
      x: [1, 2, 3],
      ys: [
        [10, null, undefined],
        [undefined, 20, 30]
      ]
    });
  });

  it('become a band', () => {
    const curve = (...y: number[]) => ({ x: [1, 2], y, points: [] });
    expect(bandOf([curve(1, 4), curve(2, 5), curve(9, 6)])).toEqual({
      x: [1, 2],
      min: [1, 4],
      middle: [2, 5],
      max: [9, 6]
    });
  });

  it('find the nearest place that has a value', () => {
    expect(nearest([1, 2, 3], [1, null, 3], 2.2)).toBe(2);
    expect(nearest([1], [undefined], 1)).toBe(-1);
  });

  it('of two runs stand on one axis by round, or by the time since each began', () => {
    const slow = [point(1, 1), point(2, 20, NaN), point(3, 30)];
    const fast = [point(1, 201), point(3, 203)];
    const together = (axis: 'round' | 'time') =>
      aligned([
        curveOf(series(slow), axis, 100),
        curveOf(series(fast), axis, 300)
      ]);
    expect(together('round')).toEqual({
      x: [1, 2, 3],
      ys: [
        [1, null, 30],
        [201, undefined, 203]
      ]
    });
    expect(together('time').x).toEqual([1, 3, 20, 30]);
  });
});
