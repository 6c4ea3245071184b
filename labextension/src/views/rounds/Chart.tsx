import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type uPlot from 'uplot';

import { formatValue } from '../../model/charts';
import { nearest } from '../../model/curves';
import { IconButton } from '../common/IconButton';
import { useSize } from '../common/hooks';
import { type Crosshair, useCrosshair } from './crosshair';
import type { IChart } from './drawn';
import { SaveIcon } from './icons';
import { type IPlotHandle, makePlot, shapeOf } from './plot';

const HEIGHT = 206;

export interface IChartProps {
  chart: IChart;
  crosshair: Crosshair;
  /** Changes with JupyterLab's theme. */
  theme: number;
  trans: TranslationBundle;
  onSave: (chart: IChart, canvas: HTMLCanvasElement) => void;
  /** Go to the moment of the point at this place. */
  onPick: (chart: IChart, x: number) => void;
  /** Where its canvas is found, for a picture of all charts. */
  canvases: Map<string, HTMLCanvasElement>;
}

/** One metric in a card: curves, their values in the title, and the cross-hair that all cards share. */
export function Chart(props: IChartProps): JSX.Element {
  const { chart, crosshair, theme, trans, canvases } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const hair = React.useRef<HTMLDivElement>(null);
  const handle = React.useRef<IPlotHandle | null>(null);
  const placed = React.useRef<(chart: uPlot) => void>(() => undefined);
  const { width } = useSize(host);
  const { plot, name } = chart;
  const shape = shapeOf(plot);
  const latest = React.useRef(plot);
  latest.current = plot;
  const pointed = useCrosshair(crosshair);
  const x = snapped(plot.x, pointed) ?? chart.restX;

  React.useLayoutEffect(() => {
    const element = host.current;
    if (element === null || width === 0) {
      return undefined;
    }
    const made = makePlot(
      element,
      latest.current,
      width,
      HEIGHT,
      // The axis has its scale only once it is drawn.
      chart => placed.current(chart)
    );
    handle.current = made;
    canvases.set(name, made.chart.ctx.canvas);
    return () => {
      canvases.delete(name);
      made.destroy();
      handle.current = null;
    };
    // New points of the same curves, and another width, need no new chart: see below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape, theme, width > 0, name, canvases]);

  React.useLayoutEffect(() => {
    handle.current?.update(plot);
  }, [plot]);

  React.useLayoutEffect(() => {
    if (width > 0) {
      handle.current?.resize(width, HEIGHT);
    }
  }, [width]);

  const place = (made: uPlot): void => {
    const line = hair.current;
    if (line !== null && x !== null) {
      const left = made.over.offsetLeft + made.valToPos(x, 'x');
      line.style.transform = `translateX(${left}px)`;
      line.style.top = `${made.over.offsetTop}px`;
      line.style.height = `${made.over.offsetHeight}px`;
    }
  };
  placed.current = place;
  React.useLayoutEffect(() => {
    const made = handle.current?.chart;
    if (made !== undefined) {
      place(made);
    }
  });

  const at = (event: React.MouseEvent): number | null => {
    const made = handle.current?.chart;
    if (made === undefined) {
      return null;
    }
    const rect = made.over.getBoundingClientRect();
    const place = Math.min(Math.max(event.clientX - rect.left, 0), rect.width);
    return snapped(plot.x, made.posToVal(place, 'x'));
  };
  const values = x === null ? '' : valuesAt(chart, x, trans);

  return (
    <section className="jp-alphamed-Chart" aria-label={`${name} ${values}`}>
      <header className="jp-alphamed-Chart-head">
        <h4 title={name}>{name}</h4>
        <span className="jp-alphamed-Chart-values" title={values}>
          {values}
        </span>
        <IconButton
          icon={<SaveIcon />}
          label={trans.__('Save as PNG')}
          onClick={() => {
            const canvas = handle.current?.chart.ctx.canvas;
            if (canvas !== undefined) {
              props.onSave(chart, canvas);
            }
          }}
        />
      </header>
      <div
        className="jp-alphamed-Chart-plot"
        ref={host}
        style={{ height: HEIGHT }}
        onMouseMove={event => crosshair.set(at(event))}
        onMouseLeave={() => crosshair.set(null)}
        onClick={event => {
          const picked = at(event);
          if (picked !== null) {
            props.onPick(chart, picked);
          }
        }}
      >
        <div
          ref={hair}
          className="jp-alphamed-Chart-hair"
          hidden={x === null}
        />
      </div>
    </section>
  );
}

/** The nearest place of the axis; null: there is none, or nobody points. */
function snapped(xs: readonly number[], x: number | null): number | null {
  const place = x === null ? -1 : nearest(xs, xs, x);
  return xs[place] ?? null;
}

/** What was known at a time. */
function lastBefore(
  ys: readonly (number | null | undefined)[],
  place: number
): number | null {
  for (let before = place; before >= 0; before--) {
    const value = ys[before];
    if (typeof value === 'number') {
      return value;
    }
  }
  return null;
}

/** `round 4: DemoAvg 92.0 %, DemoProx 93.6 %` */
function valuesAt(chart: IChart, x: number, trans: TranslationBundle): string {
  const { plot, share } = chart;
  const place = plot.x.indexOf(x);
  const values = chart.named.flatMap(({ label, curve }) => {
    const ys = plot.curves[curve]?.y ?? [];
    const value = plot.whole ? ys[place] : lastBefore(ys, place);
    return typeof value === 'number'
      ? [`${label} ${formatValue(value, share)}`]
      : [];
  });
  if (values.length === 0) {
    return '';
  }
  const where = chart.words(x);
  return trans.__('%1: %2', where, values.join(trans.__(', ')));
}
