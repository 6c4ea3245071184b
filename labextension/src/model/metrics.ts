/**
 * The scalars of one run, as they come: a series for each name, node and writer. Pure.
 *
 * A round that is repeated (an aggregator that starts again, with or without recovery) replaces what an earlier attempt said of that
 * round and of later ones.
 */

import type { MetricRow, Row } from '../hub/protocol';

/** One scalar over a run. */
export interface ISeries {
  name: string;
  node: string;
  writer: string;
  points: readonly IPoint[];
}

export interface IPoint {
  seq: number;
  /** The node's clock, seconds since the epoch. */
  at: number;
  step: number;
  /** 0: the writer knew of no round. */
  round: number;
  /** NaN where the node's number was not finite. */
  value: number;
}

/** The same scalar of all its nodes and writers in one run. */
export interface IMetric {
  name: string;
  series: readonly ISeries[];
}

interface ISeriesBook extends ISeries {
  points: IPoint[];
}

/** Whether a row says how far a task is, which is no curve. */
export function isProgress(row: MetricRow): boolean {
  return row.body.name === 'progress' && !row.body.writer;
}

export class MetricBook {
  /** Counts up with each change. */
  version = 0;

  get size(): number {
    return this._size;
  }

  clear(): void {
    this._series.clear();
    this._size = 0;
    this.version += 1;
  }

  /** Rows in the order of their numbers; other kinds, and progress, are passed over. */
  add(rows: readonly Row[]): void {
    let added = false;
    for (const row of rows) {
      if (row.kind === 'metric' && !isProgress(row)) {
        this._add(row);
        added = true;
      }
    }
    if (added) {
      this.version += 1;
    }
  }

  /** All series, in the order in which their names first came; as of a journal number, or all (null). */
  metrics(asOf: number | null = null): IMetric[] {
    const result = new Map<string, ISeries[]>();
    for (const book of this._series.values()) {
      const points =
        asOf === null
          ? book.points
          : book.points.filter(point => point.seq <= asOf);
      if (points.length > 0) {
        const list = result.get(book.name) ?? [];
        list.push({ ...book, points });
        result.set(book.name, list);
      }
    }
    return [...result].map(([name, series]) => ({ name, series }));
  }

  private _add(row: MetricRow): void {
    const { name, writer = '', round = 0, step = 0, time, value } = row.body;
    const node = row.node ?? '';
    const key = JSON.stringify([name, node, writer]);
    let book = this._series.get(key);
    if (book === undefined) {
      book = { name, node, writer, points: [] };
      this._series.set(key, book);
    }
    const points = book.points;
    const before = points.length;
    let last = points[before - 1];
    if (last !== undefined && round > 0 && last.round > round) {
      while (last !== undefined && last.round >= round) {
        points.pop();
        last = points[points.length - 1];
      }
    } else if (
      last !== undefined &&
      round > 0 &&
      last.round === round &&
      last.step === step
    ) {
      points.pop();
    }
    points.push({ seq: row.seq, at: time, step, round, value: value ?? NaN });
    this._size += points.length - before;
  }

  private _series = new Map<string, ISeriesBook>();
  private _size = 0;
}

/** Whether a metric is a share, to be shown in percent: an accuracy or the like with values from 0 to 1. */
export function isShare(metric: readonly IMetric[]): boolean {
  const [first] = metric;
  if (first === undefined || !/acc|precision|recall|auc|f1/i.test(first.name)) {
    return false;
  }
  return metric.every(({ series }) =>
    series.every(({ points }) =>
      points.every(
        ({ value }) => Number.isNaN(value) || (value >= 0 && value <= 1)
      )
    )
  );
}

/** Whether it says how good the model is. */
export function isScore(name: string): boolean {
  return /accuracy/i.test(name);
}

/** The metric that says how good the model is, for the numbers beside the progress. */
export function scoreOf(metrics: readonly IMetric[]): IMetric | null {
  return metrics.find(({ name }) => isScore(name)) ?? null;
}

/** The last value of a round, of the series that comes first (the aggregator's, where it has one). */
export function valueInRound(
  metric: IMetric,
  round: number,
  preferred: string
): number | null {
  const series =
    metric.series.find(({ node }) => node === preferred) ?? metric.series[0];
  const points = series?.points ?? [];
  for (let place = points.length - 1; place >= 0; place--) {
    if (points[place]?.round === round) {
      return points[place]?.value ?? null;
    }
  }
  return null;
}

/** What of several runs goes into a table file. */
export interface IExport {
  task: string;
  run: number;
  metrics: readonly IMetric[];
}

const COLUMNS = [
  'task',
  'run',
  'node',
  'writer',
  'name',
  'round',
  'step',
  'time',
  'value',
  'seq'
];

/** All points as CSV (RFC 4180), one a line. */
export function toCsv(exports: readonly IExport[]): string {
  const lines = [COLUMNS.join(',')];
  for (const { task, run, metrics } of exports) {
    for (const { name, series } of metrics) {
      for (const { node, writer, points } of series) {
        const head = [task, run, node, writer, name].map(csvCell).join(',');
        for (const { round, step, at, value, seq } of points) {
          const time = new Date(at * 1000).toISOString();
          lines.push([head, round, step, time, value, seq].join(','));
        }
      }
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** Spreadsheets run a text that begins like a formula, so such a one gets an apostrophe before it. */
function csvCell(value: string | number): string {
  if (typeof value === 'number') {
    return String(value);
  }
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
