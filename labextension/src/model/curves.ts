/**
 * From the points of metrics to what a chart draws: places on its x axis, several runs on one axis, fewer points than pixels. Pure.
 */

import type { IPoint, ISeries } from './metrics';
import { median } from './median';

export type XAxis = 'round' | 'time';

/** A series on the chart's axis. */
export interface ICurve {
  x: number[];
  y: (number | null)[];
  /** The points behind them, in the same places. */
  points: readonly IPoint[];
}

/** Several nodes' values as one curve with a band. */
export interface IBand {
  x: number[];
  min: (number | null)[];
  middle: (number | null)[];
  max: (number | null)[];
}

/** More points than this are thinned before they are drawn. */
const MOST_POINTS = 2000;

/**
 * Where the points of a series stand. On the axis of rounds, the last point of a round stands at its number and earlier ones between it
 * and the round before; a writer that knows no rounds counts in steps, and without steps in points.
 */
export function placesOf(
  points: readonly IPoint[],
  axis: XAxis,
  start: number
): number[] {
  if (axis === 'time') {
    return points.map(({ at }) => at - start);
  }
  if (points.every(({ round }) => round === 0)) {
    const rising = points.every(
      ({ step }, place) => place === 0 || step > (points[place - 1]?.step ?? 0)
    );
    return points.map(({ step }, place) => (rising ? step : place + 1));
  }
  const counts = new Map<number, number>();
  for (const { round } of points) {
    counts.set(round, (counts.get(round) ?? 0) + 1);
  }
  const seen = new Map<number, number>();
  return points.map(({ round }) => {
    const nth = (seen.get(round) ?? 0) + 1;
    seen.set(round, nth);
    return round - 1 + nth / (counts.get(round) ?? 1);
  });
}

export function curveOf(series: ISeries, axis: XAxis, start: number): ICurve {
  const kept = thinned(series.points, MOST_POINTS);
  const places = placesOf(series.points, axis, start);
  const points = kept.map(place => series.points[place]).filter(isPoint);
  return {
    x: kept.map(place => places[place] ?? 0),
    y: points.map(({ value }) => (Number.isFinite(value) ? value : null)),
    points
  };
}

function isPoint(point: IPoint | undefined): point is IPoint {
  return point !== undefined;
}

/** Places of the points that are drawn: of each bucket the first, the lowest, the highest and the last, so that no spike is lost. */
export function thinned(points: readonly IPoint[], most: number): number[] {
  if (points.length <= most) {
    return points.map((_, place) => place);
  }
  const buckets = Math.floor(most / 4);
  const kept: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const first = Math.floor((bucket * points.length) / buckets);
    const last = Math.floor(((bucket + 1) * points.length) / buckets) - 1;
    let low = first;
    let high = first;
    let [lowest, highest] = [Infinity, -Infinity];
    for (let place = first; place <= last; place++) {
      const value = points[place]?.value ?? NaN;
      if (value < lowest) {
        [low, lowest] = [place, value];
      }
      if (value > highest) {
        [high, highest] = [place, value];
      }
    }
    kept.push(
      ...new Set([first, Math.min(low, high), Math.max(low, high), last])
    );
  }
  return kept;
}

/** Curves on one axis, as a chart wants them: every place that one of them has, null where another has none. */
export function aligned(
  curves: readonly { x: readonly number[]; y: readonly (number | null)[] }[]
): { x: number[]; ys: (number | null | undefined)[][] } {
  const x = [...new Set(curves.flatMap(curve => curve.x))].sort(
    (a, b) => a - b
  );
  const place = new Map(x.map((value, index) => [value, index]));
  const ys = curves.map(curve => {
    // Undefined joins the points beside it, null is a gap.
    const y = new Array<number | null | undefined>(x.length).fill(undefined);
    curve.x.forEach((value, index) => {
      y[place.get(value) ?? 0] = curve.y[index] ?? null;
    });
    return y;
  });
  return { x, ys };
}

/** Lowest, middle and highest of many curves wherever one of them has a value. */
export function bandOf(curves: readonly ICurve[]): IBand {
  const values = new Map<number, number[]>();
  for (const { x, y } of curves) {
    x.forEach((place, index) => {
      const list = values.get(place) ?? [];
      const value = y[index];
      if (typeof value === 'number') {
        list.push(value);
      }
      values.set(place, list);
    });
  }
  const x = [...values.keys()].sort((a, b) => a - b);
  const of = (fold: (list: readonly number[]) => number | null) =>
    x.map(place => {
      const list = values.get(place) ?? [];
      return list.length > 0 ? fold(list) : null;
    });
  return {
    x,
    min: of(list => list.reduce((a, b) => Math.min(a, b))),
    middle: of(median),
    max: of(list => list.reduce((a, b) => Math.max(a, b)))
  };
}

/** The place of a curve nearest to x, among those that have a value; -1: none has. */
export function nearest(
  xs: readonly number[],
  ys: readonly (number | null | undefined)[],
  x: number
): number {
  let best = -1;
  let distance = Infinity;
  xs.forEach((value, place) => {
    if (typeof ys[place] === 'number' && Math.abs(value - x) < distance) {
      best = place;
      distance = Math.abs(value - x);
    }
  });
  return best;
}
