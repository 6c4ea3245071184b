/**
 * The sequence diagram from top to bottom, and what stands at a height. Pure.
 *
 * The layout knows the height of any moment, so that the bars of what nodes did stand beside the messages.
 */

import { lowerBound } from './bisect';
import type {
  IIdleRow,
  IPresenceRow,
  IRoundRow,
  IWaitRow
} from './diagramRows';
import type { Item } from './messageItems';

export type DiagramRow = Item | IRoundRow | IIdleRow | IPresenceRow | IWaitRow;

/** Whether it is a message, a stream or a step, and no note between them. */
export function isItem(row: DiagramRow): row is Item {
  return row.kind === 'message' || row.kind === 'stream' || row.kind === 'step';
}

/** What a row is called, however many rows come before it. */
export function rowKey(row: DiagramRow): string {
  switch (row.kind) {
    case 'idle':
      return `idle ${row.from}`;
    case 'presence':
      return `presence ${row.at} ${row.member.node}`;
    case 'wait':
      return `wait ${row.at} ${row.node}`;
    case 'round':
      return `round ${row.seq} ${row.round}`;
    default:
      return `${row.kind} ${row.seq}`;
  }
}

export interface IDiagram {
  rows: readonly DiagramRow[];
  /** The upper edge of each row, and one more: the end of the last. */
  tops: Float64Array;
  /** The height at which each row's own line stands. */
  lines: Float64Array;
  /** The place in `rows` of each item. */
  rowOfItem: Int32Array;
  height: number;
  /** Seconds to px, and back. Moments outside are drawn to the nearest end. */
  heightAt(time: number): number;
  timeAt(height: number): number;
}

/** Steps from one full time to the next, seconds. */
const STEPS = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 14400, 43200, 86400
];

/** The first and one after the last row between two heights. */
export function rowsBetween(
  diagram: IDiagram,
  from: number,
  to: number
): [number, number] {
  const { tops, rows } = diagram;
  // The last of the upper edges is the end of the last row.
  const startingBy = (height: number) =>
    lowerBound(tops, top => top <= height, rows.length);
  return [Math.max(0, startingBy(from) - 1), startingBy(to)];
}

/** Full times between two heights, with at least `gap` px from one to the next. */
export function ticksBetween(
  diagram: IDiagram,
  [from, to]: readonly [number, number],
  gap: number
): number[] {
  const first = diagram.timeAt(from);
  const last = diagram.timeAt(to);
  const second = diagram.heightAt(first + 1) - diagram.heightAt(first);
  const step = STEPS.find(seconds => seconds * second >= gap);
  if (step === undefined || last <= first) {
    return [];
  }
  const ticks: number[] = [];
  for (let n = Math.ceil(first / step); n * step <= last; n++) {
    ticks.push(n * step);
  }
  return ticks;
}
