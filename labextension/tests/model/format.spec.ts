import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDateTime,
  formatDuration,
  formatElapsed,
  formatTime,
  wholeSeconds
} from '../../src/model/format';

describe('formatCount', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1204, '1,204'],
    [1000000, '1,000,000'],
    [-12345, '-12,345']
  ])('%d', (n, text) => {
    expect(formatCount(n)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0'],
    [203, '203 B'],
    [90100, '90.1 KB'],
    [99960, '100 KB'],
    [231e6, '231 MB'],
    [999600, '1.0 MB'],
    [1.2e9, '1.2 GB']
  ])('%d', (n, text) => {
    expect(formatBytes(n)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [0.0006, '0.6 ms'],
    [0.191, '191 ms'],
    [0.9999, '1.0 s'],
    [4, '4 s'],
    [8.4, '8.4 s'],
    [9.96, '10 s'],
    [12.3, '12 s'],
    [59.7, '1 min'],
    [185, '3 min 5 s'],
    [3600, '1 h'],
    [7500, '2 h 5 min'],
    [-1, '0 s'],
    [NaN, '0 s']
  ])('%d', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('is whole for what goes on', () => {
    expect(formatDuration(wholeSeconds(4.9))).toBe('4 s');
  });
});

describe('clocks', () => {
  const at = new Date(2026, 10, 24, 10, 24, 18, 778).getTime() / 1000;

  it('has the milliseconds that the float stands for', () => {
    expect(formatTime(at)).toBe('10:24:18.778');
    expect(formatTime(at - 0.71)).toBe('10:24:18.068');
    expect(formatClock(at)).toBe('10:24:18');
    expect(formatDateTime(at)).toBe('2026-11-24 10:24:18.778');
  });

  it.each([
    [22.9, '00:22'],
    [125, '02:05'],
    [3723, '1:02:03']
  ])('elapsed %d', (seconds, text) => {
    expect(formatElapsed(seconds)).toBe(text);
  });
});
