/** Draws curves with uPlot. Nothing here knows React. */

import uPlot from 'uplot';

import { formatTicks, niceStep } from '../../model/charts';
import { drawLabels } from './endLabels';
import { type Shape, shapePath } from './palette';
import type { IPlot, IPlotCurve } from './plotted';

export interface IPlotHandle {
  readonly chart: uPlot;
  /** New points of the same curves. */
  update(plot: IPlot): void;
  resize(width: number, height: number): void;
  destroy(): void;
}

const FONT = 11;
/** Between the points of a curve, px; closer ones are not drawn. */
const POINT_GAP = 7;
const RADIUS = 3.2;

/** What has to be equal for `update` to do. */
export function shapeOf(plot: IPlot): string {
  return JSON.stringify(
    plot.curves.map(({ label, variable, dash, shape, edge }) => [
      label,
      variable,
      dash,
      shape,
      edge
    ])
  );
}

export function makePlot(
  host: HTMLElement,
  plot: IPlot,
  width: number,
  height: number,
  drawn: (chart: uPlot) => void
): IPlotHandle {
  let current = plot;
  const style = getComputedStyle(host);
  const colour = (variable: string): string =>
    style.getPropertyValue(variable).trim() || 'gray';
  const family = style.fontFamily;
  const secondary = colour('--alphamed-secondary');
  const colours = plot.curves.map(curve => colour(curve.variable));
  const ratio = window.devicePixelRatio || 1;
  const font = `${FONT}px ${family}`;
  const bold = `600 ${FONT * ratio}px ${family}`;
  const room = plot.curves.reduce(
    (most, { label }) => Math.max(most, textWidth(label, `600 ${font}`)),
    0
  );

  const options: uPlot.Options = {
    width,
    height,
    padding: [8, Math.min(room > 0 ? room + 14 : 12, width / 3), 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: () => xRange(current.x) },
      y: { range: () => [current.scale.min, current.scale.max] }
    },
    axes: [
      {
        stroke: secondary,
        font,
        size: 26,
        gap: 8,
        grid: { show: false },
        ticks: { show: false },
        splits: self => xTicks(current, self.bbox.width / ratio),
        values: (_, ticks) => ticks.map(current.formatX)
      },
      {
        stroke: secondary,
        font,
        size: () =>
          12 +
          formatTicks(current.scale.ticks, current.share).reduce(
            (most, text) => Math.max(most, textWidth(text, font)),
            0
          ),
        gap: 6,
        grid: { stroke: colour('--alphamed-grid'), width: 1 },
        ticks: { show: false },
        splits: () => [...current.scale.ticks],
        values: () => formatTicks(current.scale.ticks, current.share)
      }
    ],
    series: [
      {},
      ...plot.curves.map((curve, place): uPlot.Series => {
        const stroke = colours[place] ?? secondary;
        return curve.edge
          ? { stroke: 'transparent', width: 0, points: { show: false } }
          : {
              stroke,
              width: 2,
              dash: curve.dash.map(length => length * ratio),
              points: {
                show: (self, series, first, last) => {
                  drawPoints(self, series, first, last, curve.shape, stroke);
                  return false;
                }
              }
            };
      })
    ],
    bands: bandsOf(plot.curves, colours),
    hooks: {
      draw: [
        self => {
          drawLabels(self, current, colours, bold);
          drawn(self);
        }
      ]
    }
  };
  const chart = new uPlot(options, dataOf(plot), host);
  return {
    chart,
    update: next => {
      current = next;
      chart.setData(dataOf(next));
    },
    resize: (width, height) => {
      chart.setSize({ width, height });
    },
    destroy: () => {
      chart.destroy();
    }
  };
}

function dataOf(plot: IPlot): uPlot.AlignedData {
  return [[...plot.x], ...plot.curves.map(curve => [...curve.y])];
}

/** Edges come in pairs, the upper one first. */
function bandsOf(
  curves: readonly IPlotCurve[],
  colours: readonly string[]
): uPlot.Band[] {
  return curves.flatMap(({ edge }, place): uPlot.Band[] =>
    edge && curves[place + 1]?.edge === true && isUpper(curves, place)
      ? [{ series: [place + 1, place + 2], fill: faint(colours[place] ?? '') }]
      : []
  );
}

function isUpper(curves: readonly IPlotCurve[], place: number): boolean {
  let edges = 0;
  for (let before = place - 1; curves[before]?.edge === true; before--) {
    edges += 1;
  }
  return edges % 2 === 0;
}

/** The colour at a quarter of its strength; our variables are six hexadecimal digits. */
function faint(colour: string): string {
  return /^#[0-9a-f]{6}$/i.test(colour)
    ? `${colour}40`
    : 'rgb(128 128 128 / 25%)';
}

function xRange(x: readonly number[]): [number, number] {
  const first = x[0] ?? 0;
  const last = x[x.length - 1] ?? 1;
  return first === last ? [first - 0.5, last + 0.5] : [first, last];
}

function xTicks(plot: IPlot, width: number): number[] {
  const [first, last] = xRange(plot.x);
  const most = Math.max(2, Math.floor(width / 64));
  const nice = niceStep((last - first) / most, !plot.whole);
  const step = plot.whole ? Math.max(1, Math.round(nice)) : nice;
  const ticks: number[] = [];
  for (
    let tick = Math.ceil(first / step - 1e-9) * step;
    tick <= last + step * 1e-9;
    tick += step
  ) {
    ticks.push(tick);
  }
  return ticks;
}

function drawPoints(
  self: uPlot,
  series: number,
  first: number,
  last: number,
  shape: Shape,
  colour: string
): void {
  const { ctx } = self;
  const ratio = window.devicePixelRatio || 1;
  const ys = self.data[series] ?? [];
  const xs = self.data[0];
  const known = (place: number): boolean => typeof ys[place] === 'number';
  let count = 0;
  for (let place = first; place <= last; place++) {
    count += known(place) ? 1 : 0;
  }
  const close = self.bbox.width / ratio / Math.max(1, count) < POINT_GAP;
  ctx.save();
  ctx.fillStyle = colour;
  for (let place = first; place <= last; place++) {
    const x = xs[place];
    const y = ys[place];
    // Of many, only those that no line would show.
    const alone = !known(place - 1) && !known(place + 1) && count === 1;
    if (x === undefined || typeof y !== 'number' || (close && !alone)) {
      continue;
    }
    ctx.fill(
      shapePath(
        shape,
        self.valToPos(x, 'x', true),
        self.valToPos(y, 'y', true),
        RADIUS * ratio
      )
    );
  }
  ctx.restore();
}

let measure: CanvasRenderingContext2D | null = null;

function textWidth(text: string, font: string): number {
  measure ??= document.createElement('canvas').getContext('2d');
  if (measure === null) {
    return text.length * 6.5;
  }
  measure.font = font;
  return measure.measureText(text).width;
}
