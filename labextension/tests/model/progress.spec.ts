import { describe, expect, it } from 'vitest';
import { progressOf } from '../../src/model/progress';
import { attempt, node, round, run } from './runs';

const of = (change: Parameters<typeof attempt>[0], more = {}) =>
  run([node('a')], { attempts: [attempt(change)], ...more });

describe('progressOf', () => {
  it('estimates by the median of the finished rounds', () => {
    const rounds = [round(1, 100, 108), round(2, 108, 118), round(3, 118)];
    const progress = progressOf(of({ rounds }), 122);
    expect(progress).toMatchObject({
      round: 3,
      of: 5,
      phase: 'running',
      elapsed: 22
    });
    // 5 s of this round, and two of 9 s.
    expect(progress.left).toBe(23);
    expect(progress.done).toBeCloseTo(2 / 5 + 4 / 9 / 5);
  });

  it('has no estimate for a last round that takes longer than usual', () => {
    const rounds = [round(1, 100, 101), round(2, 101)];
    expect(progressOf(of({ rounds, max_rounds: 2 }), 500).left).toBeNull();
  });

  it('counts the rounds that a recovered run had behind it', () => {
    const rounds = [round(4, 100, 110), round(5, 110)];
    const progress = progressOf(of({ rounds, max_rounds: 6 }), 112);
    // 8 s of this round, and one of 10 s.
    expect(progress.left).toBe(18);
    expect(progress.done).toBeCloseTo((4 + 2 / 10) / 6);
  });

  it('goes on, without an estimate, when the aggregator broke off', () => {
    const rounds = [round(1, 100, 108), round(2, 108, 109)];
    expect(progressOf(of({ rounds, end: 109 }), 120)).toMatchObject({
      elapsed: 20,
      left: null,
      done: 1 / 5,
      phase: 'running'
    });
  });

  it('does not guess without an end or a finished round', () => {
    const rounds = [round(1, 100, 108), round(2, 108)];
    expect(progressOf(of({ rounds, max_rounds: 0 }), 110)).toMatchObject({
      left: null,
      done: null
    });
    expect(progressOf(of({ rounds: [round(1, 100)] }), 110).left).toBeNull();
  });

  it('stands still at the end', () => {
    const rounds = [round(1, 100, 108)];
    const over = of(
      { rounds, max_rounds: 1, result: 'finished', end: 109 },
      { ended: 110 }
    );
    expect(progressOf(over, 500)).toMatchObject({
      elapsed: 9,
      left: null,
      done: 1,
      phase: 'finished'
    });
  });

  it('checks in until the first round', () => {
    expect(progressOf(run([node('a')]), 110).phase).toBe('checking in');
    expect(progressOf(of({}), 110).phase).toBe('checking in');
  });
});
