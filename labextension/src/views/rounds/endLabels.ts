/** Names at the ends of curves. */

import type uPlot from 'uplot';

import { spread } from '../../model/charts';
import type { IPlot } from './plotted';

/** The name of each curve beside its last point; where others go on, above or below it. */
export function drawLabels(
  self: uPlot,
  plot: IPlot,
  colours: readonly string[],
  font: string
): void {
  const { ctx, bbox } = self;
  const ratio = window.devicePixelRatio || 1;
  const labels = plot.curves.flatMap((curve, place) => {
    const last = lastKnown(curve.y);
    const x = plot.x[last];
    const y = curve.y[last];
    if (curve.label === '' || x === undefined || typeof y !== 'number') {
      return [];
    }
    const left = self.valToPos(x, 'x', true);
    const top = self.valToPos(y, 'y', true);
    const inside = left < bbox.left + bbox.width - 4 * ratio;
    const others = plot.curves.map(other => other.y[last]);
    const below = others.some(other => typeof other === 'number' && other > y);
    const shift = inside ? (below ? 12 : -12) * ratio : 0;
    const most = bbox.top + bbox.height - 6 * ratio;
    const wanted = Math.min(Math.max(top + shift, bbox.top + 2 * ratio), most);
    return [{ label: curve.label, left, top: wanted, place, inside }];
  });
  ctx.save();
  ctx.font = font;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const ends = labels.filter(({ inside }) => !inside);
  const places = spread(
    ends.map(({ top }) => top),
    13 * ratio,
    bbox.top,
    bbox.top + bbox.height
  );
  ends.forEach((label, index) => {
    label.top = places[index] ?? label.top;
  });
  for (const { label, left, top, place } of labels) {
    ctx.fillStyle = colours[place] ?? 'gray';
    ctx.fillText(label, left + 9 * ratio, top);
  }
  ctx.restore();
}

function lastKnown(y: readonly (number | null | undefined)[]): number {
  let place = y.length - 1;
  while (place >= 0 && typeof y[place] !== 'number') {
    place -= 1;
  }
  return place;
}
