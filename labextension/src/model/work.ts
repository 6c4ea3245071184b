/**
 * What one node did in each round, from its activity intervals. Pure, and remembered for each node as it stands, since an overview brings
 * the same objects again for nodes that did not change.
 */

import type { Activity, Interval, NodeView } from '../hub/protocol';
import { works } from './activities';

export interface INodeRound {
  /** Seconds of training (or of a user scheduler's own status). */
  work: number;
  /** Of these, of training alone. */
  training: number;
  /** When that began; 0: it never did. */
  begin: number;
  /** It trained, and that is over. */
  trained: boolean;
  /** It did more than wait. */
  active: boolean;
  /** It sent something, and that is over. */
  sent: boolean;
}

/** Shares of a node's time in an attempt, 0 to 1; what it took to start is left out. */
export interface IShare {
  busy: number;
  waited: number;
}

const WORK: ReadonlySet<Activity> = new Set<Activity>(['training', 'custom']);

interface IKnown {
  since: number;
  /** Of the intervals that are closed. */
  closed: ReadonlyMap<number, INodeRound>;
  /** With the one that goes on. */
  rounds: Map<number, INodeRound>;
}

const known = new WeakMap<NodeView, IKnown>();

/** What the node did in each round since then, as of now: valid until it is asked again. */
export function workOf(
  member: NodeView,
  since: number,
  now: number
): ReadonlyMap<number, INodeRound> {
  let entry = known.get(member);
  if (entry === undefined || entry.since !== since) {
    const closed = new Map<number, INodeRound>();
    member.intervals.forEach((interval, place) => {
      if (interval[4] > 0 && interval[4] > since) {
        const done = isDone(member.intervals, place);
        count(closed, interval, since, interval[4], done);
      }
    });
    entry = { since, closed, rounds: new Map(closed) };
    known.set(member, entry);
  }
  const last = member.intervals[member.intervals.length - 1];
  if (last !== undefined && last[4] === 0) {
    const before = entry.closed.get(last[2]);
    const open = new Map(before ? [[last[2], { ...before }]] : []);
    count(open, last, since, now, false);
    open.forEach((work, round) => entry.rounds.set(round, work));
  }
  return entry.rounds;
}

/** Whether what a node did came to its end: it went on to something else, and did not fail, stop or die over it. */
export function isDone(intervals: readonly Interval[], place: number): boolean {
  const [, , , , end] = intervals[place] ?? NOTHING;
  const [next, , , begin] = intervals[place + 1] ?? NOTHING;
  return end > 0 && begin === end && next !== 'failed' && next !== 'stopped';
}

const NOTHING: Interval = ['failed', '', 0, -1, 0, 0];

function count(
  rounds: Map<number, INodeRound>,
  [activity, , round, begin]: Interval,
  since: number,
  until: number,
  done: boolean
): void {
  if (round > 0 && begin < since) {
    // What it began in an earlier attempt is no part of this one's round, though it has the same number.
    return;
  }
  let item = rounds.get(round);
  if (item === undefined) {
    item = {
      work: 0,
      training: 0,
      begin: 0,
      trained: false,
      active: false,
      sent: false
    };
    rounds.set(round, item);
  }
  const seconds = Math.max(0, until - Math.max(begin, since));
  if (WORK.has(activity)) {
    item.work += seconds;
    item.begin = item.begin || Math.max(begin, since);
  }
  if (activity === 'training') {
    item.training += seconds;
    item.trained = done;
  }
  item.active = item.active || works(activity);
  item.sent = item.sent || (activity === 'sending' && done);
}

export function shareOf(
  member: NodeView,
  since: number,
  until: number
): IShare | null {
  let busy = 0;
  let waited = 0;
  for (const [activity, , , begin, end] of member.intervals) {
    const seconds =
      Math.min(end > 0 ? end : until, until) - Math.max(begin, since);
    if (seconds <= 0) {
      continue;
    }
    if (works(activity)) {
      busy += seconds;
    } else if (activity === 'waiting') {
      waited += seconds;
    }
  }
  const all = busy + waited;
  return all > 0 ? { busy: busy / all, waited: waited / all } : null;
}
