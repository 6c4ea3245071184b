/** From one bar of the Rounds view to the next. Pure. */

import type { Interval, NodeView } from '../hub/protocol';

/** One thing a node did. */
export interface IPlaceInLanes {
  node: string;
  interval: Interval;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The bar beside one, in its lane or at its time in the next lane, of those that are not over by `since`; null: there is none. */
export function neighbour(
  members: readonly Pick<NodeView, 'node' | 'intervals'>[],
  from: IPlaceInLanes | null,
  direction: Direction,
  since = 0
): IPlaceInLanes | null {
  const lanes = members.map(({ node, intervals }) => ({
    node,
    intervals: intervals.filter(([, , , , end]) => end === 0 || end > since)
  }));
  const lane = lanes.findIndex(({ node }) => node === from?.node);
  const current = lanes[lane];
  if (from === null || current === undefined) {
    const first = lanes[0];
    const interval = first?.intervals[0];
    return first === undefined || interval === undefined
      ? null
      : { node: first.node, interval };
  }
  const { intervals } = current;
  const place = intervals.findIndex(
    ([, , , , , seq]) => seq === from.interval[5]
  );
  if (place < 0) {
    // The hub has merged it with another one since.
    return atTime(current, from.interval[3]);
  }
  if (direction === 'left' || direction === 'right') {
    const next = intervals[direction === 'left' ? place - 1 : place + 1];
    return next === undefined ? null : { node: from.node, interval: next };
  }
  const step = direction === 'up' ? -1 : 1;
  for (let other = lane + step; lanes[other] !== undefined; other += step) {
    const found = atTime(lanes[other], from.interval[3]);
    if (found !== null) {
      return found;
    }
  }
  return null;
}

function atTime(
  lane: Pick<NodeView, 'node' | 'intervals'> | undefined,
  at: number
): IPlaceInLanes | null {
  const { node, intervals } = lane ?? { node: '', intervals: [] };
  const before = intervals.filter(([, , , begin]) => begin <= at);
  const interval = before[before.length - 1] ?? intervals[0];
  return interval === undefined ? null : { node, interval };
}
