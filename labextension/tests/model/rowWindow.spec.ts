import { describe, expect, it } from 'vitest';

import {
  barHeight,
  beginFor,
  MOST_ROWS,
  rowAt,
  shareOf,
  windowAt
} from '../../src/model/rowWindow';

/** Of 1,000 rows at most. */
const at = (first: number, total: number) => windowAt(first, total, 1000);
const begin = (row: number, first: number, total: number) =>
  beginFor(row, first, total, 1000);

describe('a window of rows', () => {
  it('is all of them while they fit in', () => {
    expect(at(0, 0)).toEqual({ first: 0, count: 0 });
    expect(at(700, 1000)).toEqual({ first: 0, count: 1000 });
    expect(begin(999, 0, 1000)).toBe(0);
    expect(begin(0, 500, 1000)).toBe(0);
  });

  it('is a part of more', () => {
    expect(at(0, 5000)).toEqual({ first: 0, count: 1000 });
    expect(at(4300, 5000)).toEqual({ first: 4300, count: 700 });
    expect(at(9000, 5000)).toEqual({ first: 4999, count: 1 });
  });

  it('stays where it is for a row that is well inside', () => {
    for (const row of [2100, 2500, 2899]) {
      expect(begin(row, 2000, 5000)).toBe(2000);
    }
    for (const row of [0, 99, 899]) {
      expect(begin(row, 0, 5000)).toBe(0);
    }
    for (const row of [4500, 4999]) {
      expect(begin(row, 4300, 5000)).toBe(4300);
    }
  });

  it('moves on before the row is at its end', () => {
    expect(begin(2900, 2000, 5000)).toBe(2400);
    expect(begin(2099, 2000, 5000)).toBe(1599);
    expect(begin(900, 0, 5000)).toBe(400);
    expect(begin(300, 250, 5000)).toBe(0);
    expect(begin(4000, 100, 5000)).toBe(3500);
    expect(begin(0, 3500, 5000)).toBe(0);
  });

  it('does not move again at once, wherever the row is', () => {
    for (const total of [1001, 1500, 2000, 5000, 123_456]) {
      for (const first of [0, 1, 300, 4000]) {
        for (let row = 0; row < total; row += 37) {
          const moved = begin(row, first, total);
          const { first: low, count } = at(moved, total);
          expect(row).toBeGreaterThanOrEqual(low);
          expect(row).toBeLessThan(low + count);
          expect(begin(row, moved, total)).toBe(moved);
        }
      }
    }
  });

  it('leaves room for rows to come at the end', () => {
    let first = 0;
    let moves = 0;
    for (let total = 1; total <= 6000; total++) {
      const next = begin(total - 1, first, total);
      moves += next === first ? 0 : 1;
      first = next;
      const { first: low, count } = at(first, total);
      expect(low + count).toBe(total);
    }
    expect(moves).toBeLessThanOrEqual(11);
  });
});

describe('the scroll bar', () => {
  const PAGE = 40;

  it('tells the uppermost row by how far the list is scrolled, and back', () => {
    const rows = { first: 2000, count: 1000 };
    expect(rowAt(0, rows, PAGE)).toBe(2000);
    expect(rowAt(1, rows, PAGE)).toBe(2960);
    for (const share of [0, 0.25, 0.5, 1]) {
      expect(shareOf(rowAt(share, rows, PAGE), rows, PAGE)).toBeCloseTo(share);
    }
    expect(shareOf(0, rows, PAGE)).toBe(0);
    expect(shareOf(9999, rows, PAGE)).toBe(1);
  });

  it('stands still for a list that is no longer than the screen', () => {
    const rows = { first: 0, count: 10 };
    expect(rowAt(0.7, rows, PAGE)).toBe(0);
    expect(shareOf(5, rows, PAGE)).toBe(0);
  });

  it('reaches the first and the last of any number of rows', () => {
    for (const total of [500_000, 3_000_000, 100_000_000]) {
      const all = { first: 0, count: total };
      const last = rowAt(1, all, PAGE);
      expect(last).toBe(total - PAGE);
      const rows = windowAt(beginFor(last, 0, total), total);
      expect(shareOf(last, rows, PAGE)).toBe(1);
      expect(rowAt(1, rows, PAGE)).toBe(last);
    }
  });

  it('is no higher than browsers allow', () => {
    expect(barHeight(100)).toBe(2000);
    expect(barHeight(MOST_ROWS)).toBe(8_000_000);
    expect(barHeight(100_000_000)).toBe(8_000_000);
  });
});
