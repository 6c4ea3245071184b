import { describe, expect, it } from 'vitest';
import { areaPath, stateLanes } from '../../src/model/areas';
import { absent, failed, node, run, span } from './runs';

const range = { begin: 100, end: 200, width: 100 };

describe('stateLanes', () => {
  it('counts who was in which state', () => {
    const members = [
      node('a', {
        intervals: [span('waiting', 100, 150), span('training', 150)]
      }),
      node('b', { intervals: [span('training', 120)] }),
      absent('c'),
      failed('d', 'E', '')
    ];
    const lanes = stateLanes(run(members), range, 200);
    const lane = (state: string) => lanes.find(other => other.state === state);
    expect(lane('training')).toMatchObject({ count: 2, peak: 2 });
    expect(lane('training')?.counts[19]).toBe(1);
    expect(lane('training')?.counts[99]).toBe(2);
    expect(lane('waiting')?.counts[40]).toBe(1);
    expect(lane('waiting')?.counts[60]).toBe(0);
    expect(lane('not up')?.counts[0]).toBe(1);
    expect(lane('failed')?.counts[99]).toBe(1);
    expect(lane('failed')?.counts[10]).toBe(0);
  });

  it('counts a thousand nodes of a hundred intervals', () => {
    const members = Array.from({ length: 1000 }, (_, i) =>
      node(`n${i}`, {
        intervals: Array.from({ length: 100 }, (__, k) =>
          span(k % 2 ? 'training' : 'waiting', 100 + k, 101 + k)
        )
      })
    );
    const state = run(members);
    const lanes = stateLanes(state, { ...range, width: 1100 }, 200);
    expect(lanes.length).toBeGreaterThan(1);
  });
});

describe('areaPath', () => {
  it('shows one of a thousand', () => {
    const lane = {
      state: 'failed' as const,
      count: 1,
      peak: 1,
      counts: Float64Array.from([0, 1])
    };
    expect(areaPath(lane, 1000, 20)).toBe('M0 20 H0 V20.0 H1 V18.0 H2 V20 Z');
  });
});
