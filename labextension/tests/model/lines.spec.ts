import { describe, expect, it } from 'vitest';

import { BLOCK, Lines } from '../../src/model/lines';
import type { ILogRecord } from '../../src/model/records';

/** The record at a place of a run whose numbers grow by two. */
function made(place: number): ILogRecord {
  return {
    seq: place * 2 + 1,
    at: place,
    node: 'a',
    body: { time: place, level: 20, text: `line ${place}` }
  };
}

function page(from: number, to: number): ILogRecord[] {
  return Array.from({ length: to - from }, (_, index) => made(from + index));
}

describe('Lines', () => {
  it('knows the total and only what it holds', () => {
    const lines = new Lines();
    lines.count(1_000_000, 2_000_000);
    lines.put(999_900, page(999_900, 1_000_000));
    expect(lines.total).toBe(1_000_000);
    expect(lines.loaded).toBe(100);
    expect(lines.at(999_950)?.body.text).toBe('line 999950');
    expect(lines.at(5)).toBeUndefined();
  });

  it('appends what is newer than its count, once', () => {
    const lines = new Lines();
    lines.count(10, made(9).seq);
    expect(lines.append(page(8, 12)).map(record => record.at)).toEqual([
      10, 11
    ]);
    expect(lines.append(page(8, 12))).toEqual([]);
    expect(lines.total).toBe(12);
    expect(lines.at(11)?.body.text).toBe('line 11');
    expect(lines.at(9)).toBeUndefined();
  });

  it('asks for what is missing, in pages of a block', () => {
    const lines = new Lines();
    lines.count(3 * BLOCK + 7, 1e6);
    lines.put(BLOCK + 10, page(BLOCK + 10, BLOCK + 20));
    expect(lines.missing(0, 10)).toEqual([[0, BLOCK]]);
    expect(lines.missing(BLOCK, 4 * BLOCK)).toEqual([
      [BLOCK, BLOCK],
      [2 * BLOCK, BLOCK],
      [3 * BLOCK, 7]
    ]);
    lines.put(BLOCK, page(BLOCK, BLOCK + 15));
    expect(lines.missing(BLOCK, BLOCK + 1)).toEqual([[BLOCK + 20, BLOCK - 20]]);
    lines.put(BLOCK, page(BLOCK, 2 * BLOCK));
    expect(lines.missing(BLOCK, BLOCK + 1)).toEqual([]);
  });

  it('forgets the longest unseen block, and can get it again', () => {
    const lines = new Lines(2 * BLOCK);
    lines.count(4 * BLOCK, 1e6);
    lines.put(0, page(0, BLOCK));
    lines.put(BLOCK, page(BLOCK, 2 * BLOCK));
    lines.missing(0, 1); // seen again
    lines.put(2 * BLOCK, page(2 * BLOCK, 3 * BLOCK));
    expect(lines.at(0)).toBeDefined();
    expect(lines.at(BLOCK)).toBeUndefined();
    expect(lines.loaded).toBe(2 * BLOCK);
    expect(lines.missing(BLOCK, BLOCK + 1)).toEqual([[BLOCK, BLOCK]]);
  });

  it('stays below its capacity whatever comes', () => {
    const lines = new Lines(5 * BLOCK);
    for (let at = 0; at < 20 * BLOCK; at += 137) {
      lines.append(page(at, at + 137));
    }
    expect(lines.loaded).toBeLessThanOrEqual(5 * BLOCK);
    expect(lines.at(lines.total - 1)).toBeDefined();
  });

  it('finds records by number and by time', () => {
    const lines = new Lines();
    lines.count(2000, 1e6);
    lines.put(600, page(600, 1200));
    expect(lines.placeOf(made(700).seq)).toBe(700);
    expect(lines.placeOf(made(700).seq + 1)).toBeNull();
    expect(lines.placeOf(made(10).seq)).toBeNull();
    expect(lines.placeAt(700.5)).toBe(701);
    expect(lines.placeAt(599)).toBeNull(); // may be further up
    expect(lines.placeAt(1500)).toBeNull(); // may be further down
    lines.put(1200, page(1200, 2000));
    expect(lines.placeAt(5000)).toBe(1999);
  });

  it('gives its records in order', () => {
    const lines = new Lines();
    lines.count(3000, 1e6);
    lines.put(2000, page(2000, 2010));
    lines.put(100, page(100, 110));
    const seqs = [...lines.records()].map(record => record.seq);
    expect(seqs).toEqual([...seqs].sort((one, other) => one - other));
    expect(seqs).toHaveLength(20);
  });

  it('forgets what is past a smaller total', () => {
    const lines = new Lines();
    lines.count(2000, 1e6);
    lines.put(0, page(0, 2000));
    lines.count(700, 1e6);
    expect(lines.loaded).toBe(500);
    expect(lines.missing(600, 700)).toEqual([[500, 200]]);
  });
});
