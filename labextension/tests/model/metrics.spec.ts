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

  it('is as of a number also where a later attempt has replaced what was there', () => {
    const first = seq + 1;
    const made = book([
      metric('loss', 1, { round: 1, step: 1 }),
      metric('loss', 2, { round: 2, step: 2 }),
      metric('loss', 21, { round: 2, step: 2 }),
      metric('loss', 11, { round: 1, step: 1 }),
      metric('loss', 22, { round: 2, step: 2 })
    ]);
    const then = [0, 1, 2, 3, 4].map(
      step => values(made, first + step)[0]?.[1]
    );
    expect(then).toEqual([[1], [1, 2], [1, 21], [11], [11, 22]]);
    expect(values(made)).toEqual([['loss', [11, 22]]]);
  });

  it('keeps the parts of add_scalars apart, also in the file', () => {
    const made = book([
      metric('loss/train', 1, { round: 1 }),
      metric('loss/test', 2, { round: 1 }),
      metric('loss/train', 3, { round: 2 })
    ]);
    expect(values(made)).toEqual([
      ['loss/train', [1, 3]],
      ['loss/test', [2]]
    ]);
    const csv = toCsv([{ task: 't', run: 1, metrics: made.metrics() }]);
    expect(csv.split('\r\n').map(line => line.split(',')[4])).toEqual([
      'name',
      'loss/train',
      'loss/train',
      'loss/test',
      undefined
    ]);
  });

  it('keeps all of a writer without rounds whose steps begin anew', () => {
    const made = book(
      [1, 2, 3, 1, 2].map((step, place) => metric('loss', place, { step }))
    );
    expect(values(made)).toEqual([['loss', [0, 1, 2, 3, 4]]]);
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

  it('is exact: numbers come back as they were, of every run, and no time is made up', () => {
    const numbers = [0.1 + 0.2, 1e21, -5e-324, 123456789.12345679];
    const made = book([
      ...numbers.map((value, step) => metric('loss', value, { step })),
      metric('loss', 0, { step: 4, time: 1e300 })
    ]);
    const metrics = made.metrics();
    const lines = toCsv([
      { task: 't', run: 1, metrics },
      { task: 'other', run: 2, metrics }
    ]).split('\r\n');
    expect(lines).toHaveLength(1 + 10 + 1);
    const cells = lines.slice(1, -1).map(line => line.split(','));
    expect(cells.slice(0, 4).map(cell => Number(cell[8]))).toEqual(numbers);
    expect(cells.map(cell => `${cell[0]} ${cell[1]}`)).toEqual([
      ...Array<string>(5).fill('t 1'),
      ...Array<string>(5).fill('other 2')
    ]);
    expect(cells[4]?.[7]).toBe('');
  });
});
