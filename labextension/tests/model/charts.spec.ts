import { describe, expect, it } from 'vitest';

import {
  formatCell,
  formatTicks,
  formatValue,
  labelsOf,
  niceStep,
  spread,
  yScale
} from '../../src/model/charts';

describe('yScale', () => {
  it('has round ticks around the values', () => {
    expect(yScale([0.607, 0.936], true)).toEqual({
      min: expect.closeTo(0.6),
      max: expect.closeTo(1),
      ticks: [0.6, 0.7, 0.8, 0.9, 1]
    });
  });

  it('begins at zero if that is near', () => {
    expect(yScale([0.2, 1.8], false).ticks).toEqual([0, 0.5, 1, 1.5, 2]);
    expect(yScale([-3, 3], false).ticks).toEqual([-3, -2, -1, 0, 1, 2, 3]);
  });

  it('shows a single value, none, and what is not finite', () => {
    const single = yScale([5], false);
    expect(single.min).toBeLessThan(5);
    expect(single.max).toBeGreaterThan(5);
    expect(yScale([null, undefined, NaN], false).ticks).toEqual([0, 1]);
    expect(yScale([1, Infinity, 2], false).max).toBeLessThan(5);
    expect(yScale([-1.7e308, 1.7e308], false).ticks).toHaveLength(2);
  });

  it('keeps a share between 0 and 1', () => {
    expect(yScale([1], true)).toMatchObject({ max: 1 });
    expect(yScale([0.99, 1], true).max).toBeCloseTo(1);
  });
});

describe('niceStep', () => {
  it('is a round number', () => {
    expect(niceStep(0.9)).toBeCloseTo(1);
    expect(niceStep(1.1)).toBe(2);
    expect(niceStep(2.1)).toBe(2.5);
    expect(niceStep(2.1, false)).toBe(5);
    expect(niceStep(30)).toBe(50);
  });
});

describe('formatValue', () => {
  it('is short, and a share in percent', () => {
    expect(formatValue(0.92, true)).toBe('92.0 %');
    expect(formatValue(0.28912, false)).toBe('0.289');
    expect(formatValue(1.80341, false, 5)).toBe('1.8034');
    expect(formatValue(3, false)).toBe('3');
    expect(formatValue(1234.56, false)).toBe('1,234.6');
    expect(formatValue(0.0000123, false)).toBe('1.23e-5');
    expect(formatValue(123456789.5, false)).toBe('1.23e+8');
    expect(formatValue(NaN, true)).toBe('NaN');
  });
});

describe('formatCell', () => {
  it('keeps four decimals', () => {
    expect(formatCell(1.80341, false)).toBe('1.8034');
    expect(formatCell(0.5, true)).toBe('50.0 %');
    expect(formatCell(3, false)).toBe('3');
    expect(formatCell(0.0000123, false)).toBe('1.230e-5');
  });
});

describe('formatTicks', () => {
  it('has as many decimals as the step needs', () => {
    expect(formatTicks([0, 0.5, 1], false)).toEqual(['0.0', '0.5', '1.0']);
    expect(formatTicks([0, 0.25, 0.5], false)).toEqual([
      '0.00',
      '0.25',
      '0.50'
    ]);
    expect(formatTicks([0.5, 0.6], true)).toEqual(['50%', '60%']);
    expect(formatTicks([0.9, 0.925], true)).toEqual(['90.0%', '92.5%']);
    expect(formatTicks([0, 2000], false)).toEqual(['0', '2,000']);
    expect(formatTicks([0, 2e-6], false)).toEqual(['0', '2.0e-6']);
  });
});

describe('labelsOf', () => {
  const named = (scheduler: string, task: string, run = 1) => ({
    scheduler,
    task,
    run,
    short: task
  });

  it('tells runs of the same class apart', () => {
    expect(labelsOf([named('A', 'x'), named('B', 'y')])).toEqual(['A', 'B']);
    expect(labelsOf([named('A', 'x'), named('A', 'y')])).toEqual([
      'A x',
      'A y'
    ]);
    expect(labelsOf([named('A', 'x', 1), named('A', 'x', 2)])).toEqual([
      'A #1',
      'A #2'
    ]);
    expect(labelsOf([named('', 'x')])).toEqual(['x']);
  });
});

describe('spread', () => {
  it('moves labels apart and keeps them inside', () => {
    expect(spread([10, 12, 50], 10, 0, 100)).toEqual([10, 20, 50]);
    expect(spread([98, 99], 10, 0, 100)).toEqual([90, 100]);
    expect(spread([], 10, 0, 100)).toEqual([]);
  });
});
