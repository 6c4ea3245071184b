import { describe, expect, it } from 'vitest';

import type { ILogRecord } from '../../src/model/records';
import { indexFrom, Matches, merge, neighbour } from '../../src/model/search';

function records(...seqs: number[]): ILogRecord[] {
  return seqs.map(seq => ({
    seq,
    at: seq,
    node: 'a',
    body: { time: seq, level: 20, text: `${seq}` }
  }));
}

const seqsOf = (found: readonly ILogRecord[]) => found.map(({ seq }) => seq);

describe('search', () => {
  it('merges in order, each once', () => {
    expect(seqsOf(merge(records(1, 3, 5), records(2, 3, 6)))).toEqual([
      1, 2, 3, 5, 6
    ]);
    expect(merge([], [])).toEqual([]);
    expect(seqsOf(merge(records(1), []))).toEqual([1]);
    expect(seqsOf(merge([], records(1)))).toEqual([1]);
  });

  it('finds places', () => {
    expect(indexFrom(records(1, 3, 5), 3)).toBe(1);
    expect(indexFrom(records(1, 3, 5), 4)).toBe(2);
    expect(indexFrom(records(1, 3, 5), 6)).toBe(3);
    expect(neighbour([1, 5, 9], 5, 1)).toBe(9);
    expect(neighbour([1, 5, 9], 9, 1)).toBe(1);
    expect(neighbour([1, 5, 9], 5, -1)).toBe(1);
    expect(neighbour([1, 5, 9], 0, -1)).toBe(9);
    expect(neighbour([], 0, 1)).toBeNull();
  });

  it('tells how far a record moved', () => {
    const matches = new Matches();
    expect(matches.add(records(10, 20, 30))).toBe(0);
    expect(matches.add(records(1, 2, 15, 20), 20)).toBe(3);
    expect(seqsOf(matches.records)).toEqual([1, 2, 10, 15, 20, 30]);
    expect(matches.add(records(40), 20)).toBe(0);
  });

  it('keeps the newest', () => {
    const matches = new Matches(3);
    matches.add(records(1, 2, 3));
    expect(matches.full).toBe(false);
    matches.add(records(4));
    expect(seqsOf(matches.records)).toEqual([2, 3, 4]);
    expect(matches.full).toBe(true);
  });
});
