import { describe, expect, it } from 'vitest';
import {
  barsOf,
  nodeLanes,
  rangeOf,
  roundLines,
  timeAt,
  troubled,
  xOf
} from '../../src/model/strip';
import { absent, attempt, failed, node, round, run, span } from './runs';

const range = { begin: 100, end: 200, width: 1000 };

describe('range', () => {
  it('maps times to pixels and back', () => {
    expect(xOf(range, 150)).toBe(500);
    expect(timeAt(range, 500)).toBe(150);
    expect(timeAt(range, -5)).toBe(100);
  });

  it('ends with the run', () => {
    expect(rangeOf(run([]), 150, 10)).toEqual({
      begin: 100,
      end: 150,
      width: 10
    });
    expect(rangeOf(run([], { ended: 130 }), 150, 10).end).toBe(130);
    expect(rangeOf(run([]), 100, 10).end).toBe(101);
  });
});

describe('barsOf', () => {
  it('draws an interval that goes on up to now', () => {
    const bars = barsOf(
      node('a', {
        intervals: [span('waiting', 100, 110), span('training', 110)]
      }),
      range,
      160
    );
    expect(bars.map(bar => [bar.activity, bar.x, bar.width])).toEqual([
      ['waiting', 0, 100],
      ['training', 100, 500]
    ]);
  });

  it('draws a failure to the end', () => {
    const bars = barsOf(failed('a', 'E', ''), range, 200);
    expect(bars[bars.length - 1]).toMatchObject({
      activity: 'failed',
      x: 200,
      width: 800
    });
  });

  it('marks where nobody was', () => {
    expect(barsOf(absent('a'), range, 200)).toMatchObject([
      { activity: 'absent', width: 1000 }
    ]);
    const gone = node('a', {
      state: 'gone',
      ended: 150,
      intervals: [span('training', 100, 150)]
    });
    expect(barsOf(gone, range, 200)).toMatchObject([
      { activity: 'training' },
      { activity: 'gone', x: 500, width: 500 }
    ]);
  });

  it('clips what lies outside', () => {
    const bars = barsOf(
      node('a', {
        intervals: [
          span('training', 50, 90),
          span('training', 90, 120, { seq: 2 })
        ]
      }),
      range,
      200
    );
    expect(bars).toMatchObject([{ x: 0, width: 200 }]);
  });

  it('draws no more bars than there are pixels, and none over another', () => {
    const intervals = Array.from({ length: 20000 }, (_, i) =>
      span(
        i % 2 === 0 ? 'training' : 'waiting',
        100 + i / 200,
        100 + (i + 1) / 200,
        { seq: i }
      )
    );
    const bars = barsOf(node('a', { intervals }), range, 200);
    expect(bars.length).toBeLessThanOrEqual(1001);
    bars.slice(1).forEach((bar, index) => {
      const before = bars[index]!;
      expect(bar.x).toBeGreaterThanOrEqual(before.x + before.width - 1e-6);
    });
  });

  it('keeps short ones in sight', () => {
    const intervals = [
      span('training', 100, 150),
      span('sending', 150, 150.01, { seq: 2 }),
      span('waiting', 150.01, 0, { seq: 3 })
    ];
    const bars = barsOf(node('a', { intervals }), range, 200);
    expect(bars.map(bar => bar.activity)).toEqual([
      'training',
      'sending',
      'waiting'
    ]);
  });
});

describe('lanes', () => {
  it('puts a tick where an error stands, one for those of the same pixel', () => {
    const error_times = [120, 120.01, 150.5, 200.2];
    const member = failed('a', 'E', '', { error_times });
    const lane = nodeLanes([member], run([member]), range, 200)[0];
    // The last one reached the hub after the end.
    expect(lane?.ticks).toEqual([200, 505, 1000]);
  });

  it('gives four nodes in trouble a lane', () => {
    const members = Array.from({ length: 20 }, (_, i) =>
      i % 3 === 0 ? failed(`n${i}`, 'E', '') : node(`n${i}`)
    );
    expect(troubled(run(members), 150).map(member => member.node)).toEqual([
      'n0',
      'n3',
      'n6',
      'n9'
    ]);
  });
});

describe('roundLines', () => {
  it('labels what has room', () => {
    const rounds = [round(1, 110, 112), round(2, 112, 150), round(3, 150)];
    const lines = roundLines(
      run([], { attempts: [attempt({ rounds })] }),
      range
    );
    expect(lines.map(line => [line.round, line.x, line.labelled])).toEqual([
      [1, 100, true],
      [2, 120, false],
      [3, 500, true]
    ]);
  });

  it('marks the check-in before the first round', () => {
    const lines = roundLines(
      run([], { attempts: [attempt({ begin: 105 })] }),
      range
    );
    expect(lines).toMatchObject([{ round: 0, x: 50 }]);
  });
});
