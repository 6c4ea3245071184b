/**
 * The scalars of one run, as they come: a series for each name, node and writer. Pure.
 *
 * A round that is repeated (an aggregator that starts again, with or without recovery) replaces what an earlier attempt said of that
 * round and of later ones.
 */

import type { MetricRow, Row } from '../hub/protocol';
import { addTo } from './grouping';

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
  /** What was replaced, and the number of the row that did it: as of earlier numbers it still counts. */
  replaced: { point: IPoint; until: number }[];
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
      const points = asOf === null ? book.points : pointsAsOf(book, asOf);
      if (points.length > 0) {
        const { name, node, writer } = book;
        addTo(result, name, { name, node, writer, points });
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
      book = { name, node, writer, points: [], replaced: [] };
      this._series.set(key, book);
    }
    const points = book.points;
    const before = points.length;
    const last = points[before - 1];
    if (last !== undefined && round > 0) {
      const again = last.round === round && last.step === step;
      let kept = again ? before - 1 : before;
      if (last.round > round) {
        while (kept > 0 && (points[kept - 1]?.round ?? 0) >= round) {
          kept -= 1;
        }
      }
      for (const point of points.splice(kept)) {
        book.replaced.push({ point, until: row.seq });
      }
    }
    points.push({ seq: row.seq, at: time, step, round, value: value ?? NaN });
    this._size += points.length - before;
  }

  private _series = new Map<string, ISeriesBook>();
  private _size = 0;
}

/** The points of a series as they were when that number was the last. */
function pointsAsOf(
  { points, replaced }: ISeriesBook,
  asOf: number
): readonly IPoint[] {
  const then = replaced
    .filter(({ point, until }) => point.seq <= asOf && until > asOf)
    .map(({ point }) => point);
  const now = points.filter(({ seq }) => seq <= asOf);
  return then.length === 0
    ? now
    : [...now, ...then].sort((a, b) => a.seq - b.seq);
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
          const time = isoTime(at);
          lines.push([head, round, step, time, value, seq].join(','));
        }
      }
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** A node may say any number; empty where it is no time. */
function isoTime(at: number): string {
  const date = new Date(at * 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

const QUOTE = '"';

/** Spreadsheets take a text that begins so for a formula, and run it. */
const FORMULA = ['=', '+', '-', '@', '\t', '\r'];
/** What a cell may hold only between quotes. */
const QUOTED = [QUOTE, ',', '\r', '\n'];

function csvCell(value: string | number): string {
  if (typeof value === 'number') {
    return String(value);
  }
  // As text it begins with an apostrophe.
  const isFormula = FORMULA.some(mark => value.startsWith(mark));
  const text = isFormula ? "'" + value : value;
  return QUOTED.some(mark => text.includes(mark))
    ? QUOTE + text.replaceAll(QUOTE, QUOTE + QUOTE) + QUOTE
    : text;
}
