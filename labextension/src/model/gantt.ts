/** What is drawn of a lane of the Rounds view at its width: the bars, and where nobody was any more. Pure. */

import type { Activity, Interval, NodeView } from '../hub/protocol';
import type { ITimeWindow } from '../tokens';
import { lostAt } from './diagramRows';

/** Narrower bars are drawn together, px. */
const FINEST = 2;

export interface IBar {
  /** px from the left edge. */
  left: number;
  width: number;
  /** Of several drawn together, the one that took most of the time. */
  activity: Activity;
  interval: Interval;
  /** How many intervals it stands for. */
  count: number;
}

/** Where nobody was any more, or never: there the lane is a dotted line. */
export interface ITail {
  left: number;
  width: number;
  state: 'absent' | 'gone' | 'failed' | 'stopped';
}

/** The end of the lane of a node that was lost, failed, was stopped, or never came; null: of none of these. */
export function tailOf(
  member: NodeView,
  { begin, end }: ITimeWindow,
  width: number,
  until: number
): ITail | null {
  const { state } = member;
  if (
    state !== 'absent' &&
    state !== 'gone' &&
    state !== 'failed' &&
    state !== 'stopped'
  ) {
    return null;
  }
  const from = state === 'absent' ? begin : Math.max(lostAt(member), begin);
  const to = Math.min(until, end);
  const scale = width / (end - begin);
  return to > from
    ? { left: (from - begin) * scale, width: (to - from) * scale, state }
    : null;
}

/** What is drawn of a lane: bars too narrow to see are drawn together. */
export function barsOf(
  intervals: readonly Interval[],
  { begin, end }: ITimeWindow,
  width: number,
  now: number
): IBar[] {
  const scale = width / (end - begin);
  const bars = new Bars();
  for (const interval of intervals) {
    const [activity, , , from, to] = interval;
    const until = to > 0 ? to : now;
    if (over(activity) || until < begin || from > end) {
      continue;
    }
    const left = (Math.max(from, begin) - begin) * scale;
    const right = (Math.min(until, end) - begin) * scale;
    bars.add(left, right, interval);
  }
  return bars.all();
}

class Bars {
  add(left: number, right: number, interval: Interval): void {
    const activity = interval[0];
    const width = right - left;
    if (width >= FINEST) {
      this._flush();
      this._bars.push({ left, width, activity, interval, count: 1 });
      return;
    }
    const fine = this._fine;
    if (fine === null || left - fine.left >= FINEST) {
      this._flush();
      this._fine = { left, width, activity, interval, count: 1 };
      this._most = width;
      return;
    }
    fine.width = right - fine.left;
    fine.count += 1;
    if (width > this._most) {
      this._most = width;
      fine.activity = activity;
      fine.interval = interval;
    }
  }

  all(): IBar[] {
    this._flush();
    return this._bars;
  }

  private _flush(): void {
    const fine = this._fine;
    if (fine !== null && (fine.width >= FINEST || shows(fine.activity))) {
      this._bars.push({ ...fine, width: Math.max(fine.width, FINEST) });
    }
    this._fine = null;
  }

  private _bars: IBar[] = [];
  /** Intervals narrower than can be seen, drawn as one. */
  private _fine: IBar | null = null;
  /** The longest of them, px. */
  private _most = 0;
}

function over(activity: Activity): boolean {
  return activity === 'finished' || activity === 'stopped';
}

/** Worth two pixels, however short it was. */
function shows(activity: Activity): boolean {
  return activity !== 'waiting' && activity !== 'starting';
}
