import { describe, expect, it } from 'vitest';

import { firstAfter, lowerBound } from '../../src/model/bisect';

describe('lowerBound', () => {
  const places = (numbers: readonly number[]) =>
    [0, 1, 2, 3, 4, 5, 6].map(value =>
      lowerBound(numbers, number => number < value)
    );

  it('is the place of the first one that does not come before', () => {
    expect(places([1, 3, 3, 5])).toEqual([0, 0, 1, 1, 3, 3, 4]);
    expect(places([])).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('looks at the first so many alone', () => {
    const edges = Float64Array.of(0, 10, 20, 30);
    expect(lowerBound(edges, edge => edge <= 30, 3)).toBe(3);
    expect(lowerBound(edges, edge => edge <= 10, 3)).toBe(2);
  });
});

describe('firstAfter', () => {
  it('passes over all of the same number', () => {
    const items = [1, 2, 2, 4].map(seq => ({ seq }));
    expect([0, 1, 2, 3, 4].map(seq => firstAfter(items, seq))).toEqual([
      0, 1, 3, 3, 4
    ]);
  });
});
