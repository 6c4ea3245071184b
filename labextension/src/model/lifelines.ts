/** The bars on the lifelines of the sequence diagram: what each node did for a while. Pure. */

import type { Activity, NodeView } from '../hub/protocol';
import { ends, STATES } from './activities';
import { lowerBound } from './bisect';
import type { IDiagram } from './diagram';
import { lostAt } from './diagramRows';

/** A bar on a lifeline: what its node did for a while. */
export interface IBar {
  activity: Activity;
  detail: string;
  round: number;
  begin: number;
  /** Infinity: it goes on. */
  end: number;
  top: number;
  bottom: number;
}

/** What is over before one can see it is not drawn. */
const LEAST_SECONDS = 0.2;
/** Nodes wait all the time; only a wait that one can feel is a bar. */
const LEAST_WAIT = 0.95;
const LEAST_HEIGHT = { events: 12, time: 3 };
/** The bars of a node between two heights. */
export function barsOf(
  member: NodeView,
  diagram: IDiagram,
  [from, to]: readonly [number, number],
  by: 'events' | 'time',
  now: number
): IBar[] {
  const { intervals } = member;
  const first = diagram.timeAt(from);
  const last = diagram.timeAt(to);
  const bars: IBar[] = [];
  const gone = lostAt(member);
  const start = lowerBound(
    intervals,
    ([, , , , end]) => end > 0 && end < first
  );
  for (let place = start; place < intervals.length; place++) {
    const interval = intervals[place];
    if (interval === undefined || interval[3] > last) {
      break;
    }
    const [activity, detail, round, begin, end] = interval;
    const until = end > 0 ? end : Math.min(now, gone);
    const seconds = until - begin;
    const quick =
      by === 'events' &&
      (seconds < LEAST_SECONDS || isBrief(activity, seconds));
    if (quick || ends(activity)) {
      continue;
    }
    const top = diagram.heightAt(begin);
    const bottom = diagram.heightAt(until);
    if (bottom - top >= LEAST_HEIGHT[by]) {
      bars.push({
        activity,
        detail,
        round,
        begin,
        end: end > 0 || gone < now ? until : Infinity,
        top,
        bottom
      });
    }
  }
  return bars;
}

/** By events the stream itself is drawn, so that its bar says something only when it takes long. */
function isBrief(activity: Activity, seconds: number): boolean {
  return STATES[activity].kind !== 'computes' && seconds < LEAST_WAIT;
}
