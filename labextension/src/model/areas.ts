/** How many nodes were in which state over time: the strip of more nodes than have a lane each. Pure. */

import type { IRunState } from '../tokens';
import { LANES, type StateName } from './activities';
import { statusOf } from './nodes';
import type { IRange } from './strip';
import { endOf, xOf } from './strip';

export interface IStateLane {
  state: StateName;
  count: number;
  /** How many nodes are in it at each pixel. */
  counts: Float64Array;
  peak: number;
}

/** Always shown when somebody is in it. */
const BAD_STATES: ReadonlySet<StateName> = new Set([
  'failed',
  'gone',
  'not up'
]);
const MOST_AREAS = 3;

/** How many nodes were in which state over time: the states with the most, and those of trouble. */
export function stateLanes(
  run: IRunState,
  range: IRange,
  now: number
): IStateLane[] {
  const width = Math.max(1, Math.ceil(range.width));
  const changes = new Map<StateName, Float64Array>();
  const add = (state: StateName, begin: number, end: number) => {
    if (end <= begin) {
      return;
    }
    let line = changes.get(state);
    if (line === undefined) {
      line = new Float64Array(width + 1);
      changes.set(state, line);
    }
    const from = clamp(Math.round(xOf(range, begin)), width);
    // The last pixel is the present: who is in a state now counts there.
    const to =
      end >= range.end ? width : clamp(Math.round(xOf(range, end)), width);
    line[from] = (line[from] ?? 0) + 1;
    line[to] = (line[to] ?? 0) - 1;
  };
  const counts = new Map<StateName, number>();
  for (const member of run.members) {
    const { name, since } = statusOf(member, run, now);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (name === 'not up') {
      add(name, range.begin, range.end);
    }
    // What goes on past the end of what is known of it: a failure, a loss.
    const bad = name === 'failed' || name === 'gone';
    if (bad) {
      add(name, since, range.end);
    }
    const last = member.intervals.length - 1;
    member.intervals.forEach((interval, index) => {
      if (bad && index === last && interval[0] === 'failed') {
        return;
      }
      const open = endOf(member, interval, index === last, now);
      const end = bad ? Math.min(open, since) : open;
      // A finished one stays so to the end.
      const stays = index === last && interval[0] === 'finished';
      add(interval[0], interval[3], stays ? range.end : end);
    });
  }
  const lanes = LANES.flatMap(state => {
    const line = changes.get(state);
    return line === undefined
      ? []
      : [areaOf(state, line, counts.get(state) ?? 0)];
  });
  const most = run.members.length;
  const calm = lanes
    .filter(lane => !BAD_STATES.has(lane.state))
    // What nobody is in, and hardly anybody was, is no lane's worth.
    .filter(lane => lane.count > 0 || sumOf(lane) > (most * width) / 100)
    .sort((a, b) => sumOf(b) - sumOf(a))
    .slice(0, MOST_AREAS);
  return lanes.filter(
    lane => BAD_STATES.has(lane.state) || calm.includes(lane)
  );
}

function clamp(x: number, width: number): number {
  return Math.min(width, Math.max(0, x));
}

function areaOf(
  state: StateName,
  changes: Float64Array,
  count: number
): IStateLane {
  const counts = new Float64Array(changes.length - 1);
  let sum = 0;
  let peak = 0;
  for (let x = 0; x < counts.length; x++) {
    sum += changes[x] ?? 0;
    counts[x] = sum;
    peak = Math.max(peak, sum);
  }
  return { state, count, counts, peak };
}

function sumOf(lane: IStateLane): number {
  let sum = 0;
  for (const count of lane.counts) {
    sum += count;
  }
  return sum;
}

/** The area as a path of an SVG of that height; `most` nodes are the whole height. */
export function areaPath(
  lane: IStateLane,
  most: number,
  height: number
): string {
  const steps: string[] = [`M0 ${height}`];
  let before = NaN;
  lane.counts.forEach((count, x) => {
    if (count !== before) {
      // One in a thousand is seen too.
      const tall =
        count === 0 ? 0 : Math.max(2, (count / Math.max(1, most)) * height);
      const y = (height - tall).toFixed(1);
      steps.push(`H${x} V${y}`);
      before = count;
    }
  });
  steps.push(`H${lane.counts.length} V${height} Z`);
  return steps.join(' ');
}
