/** What a chart draws. */

import type { IScale } from '../../model/charts';
import type { Shape } from './palette';

export interface IPlotCurve {
  /** At its end; empty: none. */
  label: string;
  /** A CSS variable. */
  variable: string;
  dash: readonly number[];
  shape: Shape;
  y: readonly (number | null | undefined)[];
  /** The edge of a band: neither line nor points. */
  edge: boolean;
}

export interface IPlot {
  x: readonly number[];
  curves: readonly IPlotCurve[];
  scale: IScale;
  share: boolean;
  /** Whole numbers on the x axis, as rounds and steps are. */
  whole: boolean;
  formatX: (x: number) => string;
}
