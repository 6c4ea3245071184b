import { describe, expect, it } from 'vitest';

import type { MetricBody, MetricRow } from '../../src/hub/protocol';
import {
  MetricBook,
  isShare,
  scoreOf,
  toCsv,
  valueInRound
} from '../../src/model/metrics';

let seq = 0;

function metric(
  name: string,
  value: number | null,
  more: Partial<MetricBody> & { node?: string } = {}
): MetricRow {
  const { node = 'agg', ...body } = more;
  seq += 1;
  return {
    seq,
    at: seq,
    kind: 'metric',
    node,
    task: 't',
    run: 1,
    body: { time: seq, name, value, writer: 'tb_logs', ...body }
  };
}

function book(rows: readonly MetricRow[]): MetricBook {
  const result = new MetricBook();
  result.add(rows);
  return result;
}

const values = (made: MetricBook, asOf: number | null = null) =>
  made
    .metrics(asOf)
    .map(({ name, series }) => [
      name,
      ...series.map(item => item.points.map(({ value }) => value))
    ]);

describe('MetricBook', () => {
  it('keeps a series for each name, node and writer', () => {
    const made = book([
      metric('loss', 1, { round: 1 }),
      metric('acc', 0.5, { round: 1 }),
      metric('loss', 2, { round: 1, node: 'a' }),
      metric('loss', 3, { round: 1, writer: 'mine' }),
      metric('loss', 4, { round: 2 })
    ]);
    expect(values(made)).toEqual([
      ['loss', [1, 4], [2], [3]],
      ['acc', [0.5]]
    ]);
    expect(made.size).toBe(5);
  });

  it('leaves progress out, but not a scalar of that name', () => {
    const made = book([
      metric('progress', 20, { writer: '' }),
      metric('progress', 0.2)
    ]);
    expect(values(made)).toEqual([['progress', [0.2]]]);
  });

  it('takes a number that is not finite as a gap', () => {
    expect(values(book([metric('loss', null)]))).toEqual([['loss', [NaN]]]);
  });

  it('replaces what an earlier attempt said of the same and later rounds', () => {
    const made = book([
      metric('loss', 1, { round: 1, step: 1 }),
      metric('loss', 2, { round: 2, step: 2 }),
      metric('loss', 3, { round: 3, step: 3 }),
      metric('loss', 22, { round: 2, step: 2 }),
      metric('loss', 23, { round: 2, step: 2 }),
      metric('loss', 24, { round: 2, step: 3 })
    ]);
    expect(values(made)).toEqual([['loss', [1, 23, 24]]]);
    expect(made.size).toBe(3);
  });

  it('is as of a number', () => {
    const made = book([
      metric('loss', 1, { round: 1 }),
      metric('loss', 2, { round: 2 })
    ]);
    expect(values(made, seq - 1)).toEqual([['loss', [1]]]);
    expect(values(made, seq - 2)).toEqual([]);
  });

  it('counts its changes', () => {
    const made = book([]);
    expect(made.version).toBe(0);
    made.add([metric('loss', 1)]);
    made.clear();
    expect(made.version).toBe(2);
    expect(made.size).toBe(0);
  });
});

describe('what is shown of metrics', () => {
  const made = book([
    metric('loss', 0.4, { round: 1 }),
    metric('test_accuracy', 0.9, { round: 1 }),
    metric('test_accuracy', 0.7, { round: 1, node: 'a' }),
    metric('test_accuracy', 0.92, { round: 2 })
  ]);

  it('is a share only when all runs agree', () => {
    const [loss, accuracy] = made.metrics();
    expect(isShare([loss!])).toBe(false);
    expect(isShare([accuracy!])).toBe(true);
    const other = book([metric('test_accuracy', 92)]).metrics();
    expect(isShare([accuracy!, ...other])).toBe(false);
    expect(isShare([])).toBe(false);
  });

  it('names the score, and the value of a round', () => {
    const score = scoreOf(made.metrics());
    expect(score?.name).toBe('test_accuracy');
    expect(valueInRound(score!, 1, 'a')).toBe(0.7);
    expect(valueInRound(score!, 2, 'agg')).toBe(0.92);
    expect(valueInRound(score!, 3, 'agg')).toBeNull();
  });
});

describe('toCsv', () => {
  it('writes a line a point, quoted, and no formula', () => {
    const made = book([
      metric('=cmd|"x"', 1, { round: 1, step: 2, node: 'a,b' }),
      metric('loss', null)
    ]);
    const lines = toCsv([{ task: 't', run: 1, metrics: made.metrics() }]).split(
      '\r\n'
    );
    expect(lines[0]).toBe(
      'task,run,node,writer,name,round,step,time,value,seq'
    );
    expect(lines[1]).toBe(
      `t,1,"a,b",tb_logs,"'=cmd|""x""",1,2,${new Date((seq - 1) * 1000).toISOString()},1,${seq - 1}`
    );
    expect(lines[2]).toContain(',NaN,');
    expect(lines[3]).toBe('');
  });
});
