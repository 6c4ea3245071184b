/**
 * The bars of the Rounds view: which nodes get a lane, which time is shown, and what is drawn of each lane at that width. Pure.
 */

import type {
  Activity,
  AttemptView,
  Interval,
  NodeView
} from '../hub/protocol';
import type { IRunState, ITimeWindow } from '../tokens';
import { lostAt } from './diagramRows';
import { attemptEnd, latestAttempt, median, usualWork } from './rounds';
import { workOf } from './work';

/** Up to so many nodes each have a lane. */
export const MOST_LANES = 24;
const SLOWEST = 10;
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

export interface ILanes {
  nodes: readonly NodeView[];
  /** Nodes without a lane of their own. */
  rest: readonly NodeView[];
}

/** How long those without a lane worked in one round. */
export interface IRestBar {
  round: number;
  begin: number;
  min: number;
  median: number;
  max: number;
  nodes: number;
}

/** Each node a lane; of many, the aggregator and the ten slowest. */
export function lanesOf(run: IRunState, now: number): ILanes {
  if (run.members.length <= MOST_LANES) {
    return { nodes: run.members, rest: [] };
  }
  const attempt = latestAttempt(run);
  const slowest = attempt === null ? [] : usualWork(run, attempt, now);
  const wanted = new Set(slowest.slice(0, SLOWEST).map(item => item.node));
  for (const member of run.members) {
    if (wanted.size >= SLOWEST) {
      break;
    }
    if (member.node !== attempt?.aggregator) {
      wanted.add(member.node);
    }
  }
  if (attempt !== null) {
    wanted.add(attempt.aggregator);
  }
  return {
    nodes: run.members.filter(member => wanted.has(member.node)),
    rest: run.members.filter(member => !wanted.has(member.node))
  };
}

export function restBars(
  rest: readonly NodeView[],
  attempt: AttemptView,
  now: number
): IRestBar[] {
  const begins = new Map<number, number[]>();
  const times = new Map<number, number[]>();
  for (const member of rest) {
    for (const [round, work] of workOf(member, attempt.begin, now)) {
      if (work.work > 0) {
        push(begins, round, work.begin);
        push(times, round, work.work);
      }
    }
  }
  return [...times].map(([round, seconds]) => ({
    round,
    begin: median(begins.get(round) ?? []) ?? 0,
    min: seconds.reduce((a, b) => Math.min(a, b), Infinity),
    median: median(seconds) ?? 0,
    max: seconds.reduce((a, b) => Math.max(a, b), 0),
    nodes: seconds.length
  }));
}

function push(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list === undefined) {
    map.set(key, [value]);
  } else {
    list.push(value);
  }
}

/**
 * The time of the latest attempt, with what came before it if it is the first one, and with room for what is still expected: the end
 * moves in steps, so that a running task does not redraw every bar at each tick.
 */
export function wholeTime(
  run: IRunState,
  now: number,
  remaining: number | null
): ITimeWindow {
  const attempt = latestAttempt(run);
  const first = run.attempts.length > 1 && attempt !== null;
  const begin = first ? attempt.begin : run.started;
  const end = attempt === null ? run.ended : attemptEnd(run, attempt);
  if (end > 0) {
    return { begin, end: Math.max(end, begin + 0.1) };
  }
  const spent = Math.max(now - begin, 1);
  const room = Math.min(remaining ?? 0, spent * 0.25);
  const step = Math.pow(2, Math.floor(Math.log2(spent)) - 4);
  return { begin, end: begin + Math.ceil((spent + room) / step) * step };
}

/** A window scaled around a time, no wider than the whole and no narrower than 50 ms. */
export function zoomed(
  window: ITimeWindow,
  whole: ITimeWindow,
  factor: number,
  around: number
): ITimeWindow {
  const span = Math.max((window.end - window.begin) * factor, 0.05);
  const share = (around - window.begin) / (window.end - window.begin);
  return within(
    { begin: around - share * span, end: around + (1 - share) * span },
    whole
  );
}

/** The window moved into the whole; the whole if it is wider. */
export function within(window: ITimeWindow, whole: ITimeWindow): ITimeWindow {
  const span = window.end - window.begin;
  if (span >= whole.end - whole.begin) {
    return whole;
  }
  const begin = Math.min(Math.max(window.begin, whole.begin), whole.end - span);
  return { begin, end: begin + span };
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
