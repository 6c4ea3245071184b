/** The strip: a lane of bars per node, in pixels. Pure; fast enough for 1,000 nodes a second. */

import type { Activity, Interval, NodeView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import type { INodeStatus } from './nodes';
import { rankOf } from './nodeOrder';
import { statusOf } from './nodes';

export interface IRange {
  begin: number;
  end: number;
  /** Pixels. */
  width: number;
}

export interface IBar {
  /** `absent` and `gone` are no activities, but have bars. */
  activity: Activity | 'absent' | 'gone';
  detail: string;
  round: number;
  begin: number;
  end: number;
  /** The number of the row that began it; 0: none did. */
  seq: number;
  x: number;
  width: number;
}

export interface INodeLane {
  node: NodeView;
  status: INodeStatus;
  bars: IBar[];
  /** Where errors stand, in pixels. */
  ticks: number[];
}

export interface IRoundLine {
  /** 0: the nodes check in. */
  round: number;
  seq: number;
  at: number;
  x: number;
  /** Whether its label has room. */
  labelled: boolean;
}

/** Up to so many nodes have a lane each. */
export const MOST_LANES = 12;
const MOST_TROUBLED = 4;
const LABEL_ROOM = 34;

/** What the strip shows of a run: all of it, up to now. A short run does not jump about: a second at least. */
export function rangeOf(run: IRunState, now: number, width: number): IRange {
  const end = run.ended > 0 ? run.ended : Math.max(now, run.started);
  return { begin: run.started, end: Math.max(end, run.started + 1), width };
}

export function xOf(range: IRange, at: number): number {
  const span = range.end - range.begin;
  return span <= 0 ? 0 : ((at - range.begin) / span) * range.width;
}

export function timeAt(range: IRange, x: number): number {
  const share = range.width <= 0 ? 0 : x / range.width;
  const at = range.begin + share * (range.end - range.begin);
  return Math.min(range.end, Math.max(range.begin, at));
}

/** Bars of one node, clipped to the range. What is shorter than a pixel shares it: the longest of them is drawn. */
export function barsOf(node: NodeView, range: IRange, now: number): IBar[] {
  if (node.state === 'absent') {
    return [barAt('absent', range.begin, range.end, range)];
  }
  const bars: IBar[] = [];
  const last = node.intervals.length - 1;
  node.intervals.forEach((interval, index) => {
    const end = endOf(node, interval, index === last, now);
    if (end > range.begin && interval[3] < range.end) {
      push(bars, interval, end, range);
    }
  });
  if (node.state === 'gone' && node.ended > 0 && now > node.ended) {
    bars.push(barAt('gone', node.ended, now, range));
  }
  return bars;
}

/** A failure lasts until the node is claimed again, or the run's end. */
export function endOf(
  node: NodeView,
  interval: Interval,
  last: boolean,
  now: number
): number {
  if (last && interval[0] === 'failed' && node.state === 'failed') {
    return now;
  }
  return interval[4] || Math.max(now, interval[3]);
}

function barAt(
  activity: IBar['activity'],
  from: number,
  to: number,
  range: IRange
): IBar {
  const begin = Math.max(from, range.begin);
  const end = Math.min(to, range.end);
  const x = xOf(range, begin);
  const width = Math.max(1, xOf(range, end) - x);
  return { activity, detail: '', round: 0, begin, end, seq: 0, x, width };
}

function push(
  bars: IBar[],
  interval: Interval,
  end: number,
  range: IRange
): void {
  const [activity, detail, round, begin, , seq] = interval;
  const bar = {
    ...barAt(activity, begin, end, range),
    detail,
    round,
    begin,
    end,
    seq
  };
  const before = bars[bars.length - 1];
  if (
    before !== undefined &&
    bar.x + bar.width <= before.x + before.width + 0.25
  ) {
    // It falls into the pixel of the one before.
    if (before.end - before.begin < end - begin) {
      bars[bars.length - 1] = { ...bar, x: before.x, width: before.width };
    }
    return;
  }
  if (before !== undefined && bar.x < before.x + before.width) {
    const right = bar.x + bar.width;
    bar.x = before.x + before.width;
    bar.width = Math.max(0.5, right - bar.x);
  }
  if (
    before !== undefined &&
    before.activity === activity &&
    before.detail === detail &&
    before.round === round &&
    bar.x - before.x - before.width < 0.5
  ) {
    before.end = end;
    before.width = bar.x + bar.width - before.x;
    return;
  }
  bars.push(bar);
}

/** One lane for each of these nodes. */
export function nodeLanes(
  members: readonly NodeView[],
  run: IRunState,
  range: IRange,
  now: number
): INodeLane[] {
  return members.map(node => ({
    node,
    status: statusOf(node, run, now),
    bars: barsOf(node, range, now),
    ticks: ticksOf(node, range)
  }));
}

/** Of more nodes than have a lane each: those in trouble. */
export function troubled(run: IRunState, now: number): NodeView[] {
  return run.members
    .map((member, place) => ({
      member,
      place,
      rank: rankOf(statusOf(member, run, now))
    }))
    .filter(({ rank }) => rank <= 4)
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .slice(0, MOST_TROUBLED)
    .map(({ member }) => member);
}

/** The rounds of all attempts, with labels where there is room. */
export function roundLines(run: IRunState, range: IRange): IRoundLine[] {
  const lines: IRoundLine[] = [];
  let free = -Infinity;
  // Lines closer than this would be a grey field.
  let drawn = -Infinity;
  for (const attempt of run.attempts) {
    const { seq: first, begin: started } = attempt;
    const checkin = { round: 0, seq: first, begin: started };
    const rounds = attempt.rounds.length > 0 ? attempt.rounds : [checkin];
    for (const { round, seq, begin } of rounds) {
      const x = xOf(range, begin);
      if (x < 0 || x > range.width || x - drawn < 3) {
        continue;
      }
      const labelled = x >= free && x + LABEL_ROOM <= range.width;
      drawn = x;
      free = labelled ? x + LABEL_ROOM : free;
      lines.push({ round, seq, at: begin, x, labelled });
    }
  }
  return lines;
}

/** Where its errors stand. Those that reached the hub after the end of the run stand there. */
function ticksOf(node: NodeView, range: IRange): number[] {
  const ticks: number[] = [];
  for (const time of node.error_times) {
    const x = Math.round(xOf(range, Math.min(time, range.end)));
    if (x >= 0 && x <= range.width && ticks[ticks.length - 1] !== x) {
      ticks.push(x);
    }
  }
  return ticks;
}
