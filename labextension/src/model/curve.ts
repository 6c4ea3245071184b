/** A line through points, of which both coordinates only ever grow: moments and the heights at which they stand. Pure. */

import { lowerBound } from './bisect';

/** The points. One that goes back is left out. */
export class Curve {
  add(time: number, height: number): void {
    const count = this._times.length;
    if (
      count > 0 &&
      (time < (this._times[count - 1] ?? 0) ||
        height < (this._heights[count - 1] ?? 0))
    ) {
      return;
    }
    this._times.push(time);
    this._heights.push(height);
  }

  /** From one coordinate to the other, and back. Values outside belong to the nearest end. */
  functions(): {
    heightAt: (time: number) => number;
    timeAt: (height: number) => number;
  } {
    const times = Float64Array.from(this._times);
    const heights = Float64Array.from(this._heights);
    return {
      heightAt: time => between(times, heights, time),
      timeAt: height => between(heights, times, height)
    };
  }

  private readonly _times: number[] = [];
  private readonly _heights: number[] = [];
}

/** The value that belongs to `x` on the line through the points (xs, ys). */
function between(xs: Float64Array, ys: Float64Array, x: number): number {
  const count = xs.length;
  if (count === 0) {
    return 0;
  }
  const right = lowerBound(xs, value => value <= x);
  if (right === 0) {
    return ys[0] ?? 0;
  }
  const [x0, y0] = [xs[right - 1] ?? 0, ys[right - 1] ?? 0];
  if (right === count) {
    return y0;
  }
  const [x1, y1] = [xs[right] ?? 0, ys[right] ?? 0];
  return x1 > x0 ? y0 + ((x - x0) / (x1 - x0)) * (y1 - y0) : y1;
}
