/** From the metrics of several runs to charts: which curves, how they look, what they are called. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { yScale } from '../../model/charts';
import {
  aligned,
  bandOf,
  curveOf,
  type ICurve,
  type XAxis
} from '../../model/curves';
import {
  isScore,
  type IMetric,
  type IPoint,
  type ISeries,
  isShare
} from '../../model/metrics';
import { durationText } from '../common/words';
import { lookOf } from './palette';
import type { IPlot, IPlotCurve } from './plotted';

/** One of the runs whose curves are shown; the view's own comes first. */
export interface IShownRun {
  key: string;
  label: string;
  start: number;
  metrics: readonly IMetric[];
  short: (node: string) => string;
}

/** A metric as it is drawn. */
export interface IChart {
  name: string;
  plot: IPlot;
  share: boolean;
  /** The curves whose values the title tells. */
  named: readonly { label: string; curve: number }[];
  /** Where the cross-hair stands while nobody points: the last point of the view's own run. */
  restX: number | null;
  words: (x: number) => string;
  /** The points of the view's own run, to go to. */
  own: readonly { x: readonly number[]; points: readonly IPoint[] }[];
}

/** More curves than this of one run become one with a band. */
const MOST_CURVES = 6;

/** Names of all metrics: what says how good the model is, then in the order in which they came, the view's own run first. */
export function metricNames(runs: readonly IShownRun[]): string[] {
  const names = [
    ...new Set(runs.flatMap(({ metrics }) => metrics.map(({ name }) => name)))
  ];
  const score = names.filter(isScore);
  return [...score, ...names.filter(name => !score.includes(name))];
}

export function chartOf(
  name: string,
  runs: readonly IShownRun[],
  axis: XAxis,
  trans: TranslationBundle
): IChart {
  const found = runs.map(run => run.metrics.find(it => it.name === name));
  const metrics = found.filter((it): it is IMetric => it !== undefined);
  const share = isShare(metrics);
  const parts = runs.flatMap((run, place) =>
    partsOf(run, place, found[place]?.series ?? [], axis, trans)
  );
  const { x, ys } = aligned(parts.map(({ x, y }) => ({ x, y })));
  const curves = parts.map(({ curve }, place) => ({
    ...curve,
    y: ys[place] ?? []
  }));
  const rounds = metrics.some(({ series }) =>
    series.some(({ points }) => points.some(({ round }) => round > 0))
  );
  const words = (place: number): string => {
    if (axis === 'time') {
      return durationText(trans, place);
    }
    const shown = Number.isInteger(place) ? place : place.toFixed(2);
    return rounds ? trans.__('round %1', shown) : trans.__('step %1', shown);
  };
  const own = parts.filter(part => part.own).flatMap(part => part.behind);
  const ends = own.flatMap(part => part.x.slice(-1));
  return {
    name,
    share,
    plot: {
      x,
      curves,
      scale: yScale(
        curves.flatMap(({ y }) => y),
        share
      ),
      share,
      whole: axis === 'round',
      formatX: place =>
        axis === 'time'
          ? durationText(trans, place)
          : String(Number(place.toPrecision(10)))
    },
    named: parts.flatMap(({ title }, curve) =>
      title === '' ? [] : [{ label: title, curve }]
    ),
    restX: ends.length > 0 ? Math.max(...ends) : (x[x.length - 1] ?? null),
    words,
    own
  };
}

interface IPart {
  own: boolean;
  /** In the chart's title; empty: it is not told. */
  title: string;
  curve: Omit<IPlotCurve, 'y'>;
  x: readonly number[];
  y: readonly (number | null)[];
  /** The single points it stands for. */
  behind: readonly ICurve[];
}

function partsOf(
  run: IShownRun,
  place: number,
  series: readonly ISeries[],
  axis: XAxis,
  trans: TranslationBundle
): IPart[] {
  const curves = series.map(item => curveOf(item, axis, run.start));
  if (series.length > MOST_CURVES) {
    return bandParts(run, place, curves, trans);
  }
  const names = namesOf(run, series);
  return curves.map((curve, index) => ({
    own: place === 0,
    title: names[index] ?? run.label,
    curve: {
      label: names[index] ?? run.label,
      ...lookOf(place, index),
      edge: false
    },
    x: curve.x,
    y: curve.y,
    behind: [curve]
  }));
}

/** The run's label, and the node where several report the same, and the writer where one node does so twice. */
function namesOf(run: IShownRun, series: readonly ISeries[]): string[] {
  if (series.length < 2) {
    return series.map(() => run.label);
  }
  const nodes = new Set(series.map(({ node }) => node));
  return series.map(({ node, writer }) => {
    const twice = series.filter(other => other.node === node).length > 1;
    const parts = [run.label];
    if (nodes.size > 1) {
      parts.push(run.short(node));
    }
    if (twice) {
      parts.push(writer);
    }
    return parts.join(' ');
  });
}

function bandParts(
  run: IShownRun,
  place: number,
  curves: readonly ICurve[],
  trans: TranslationBundle
): IPart[] {
  const { x, min, middle, max } = bandOf(curves);
  const look = lookOf(place);
  const edge = (y: readonly (number | null)[]): IPart => ({
    own: false,
    title: '',
    curve: { label: '', ...look, edge: true },
    x,
    y,
    behind: []
  });
  const label = trans.__('%1, median of %2', run.label, curves.length);
  return [
    edge(max),
    edge(min),
    {
      own: place === 0,
      title: label,
      curve: { label: run.label, ...look, edge: false },
      x,
      y: middle,
      behind: curves
    }
  ];
}
