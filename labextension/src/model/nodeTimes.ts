/** How long nodes take for what they do: who is slow in this round, and what is usual. Pure. */

import type { Activity, NodeView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { currentRound, latestAttempt } from './attempts';
import { median } from './median';
import { isDone } from './work';

export interface ISlow {
  /** The median time of this round's training. */
  median: number;
  /** Who trains for over twice that, with how long. */
  nodes: Map<string, number>;
}

/** Who trains for over twice the median of the others in this round; with fewer than three nodes nobody is slow. */
export function slowNodes(run: IRunState, now: number): ISlow {
  const going = new Map<string, number>();
  const times: number[] = [];
  const round = currentRound(run)?.round ?? 0;
  const since = latestAttempt(run)?.begin ?? 0;
  for (const member of run.members) {
    if (member.state !== 'up' && member.state !== 'ended') {
      // What broke off is no measure.
      continue;
    }
    let own = 0;
    for (let index = member.intervals.length - 1; index >= 0; index--) {
      const interval = member.intervals[index];
      // A round that is repeated has the number of the one before.
      const isEarlier =
        interval === undefined || interval[2] < round || interval[3] < since;
      if (isEarlier) {
        break;
      }
      if (interval[0] === 'training') {
        own += (interval[4] || now) - interval[3];
        if (interval[4] === 0 && member.state === 'up') {
          going.set(member.node, own);
        }
      }
    }
    if (own > 0) {
      times.push(own);
    }
  }
  const usual = median(times) ?? 0;
  const slow = new Map<string, number>();
  if (times.length >= 3) {
    for (const [node, time] of going) {
      if (time > 2 * usual && time > 1) {
        slow.set(node, time);
      }
    }
  }
  return { median: usual, nodes: slow };
}

/** The median time that one node took for an activity in earlier rounds; null: there is none. */
export function usually(node: NodeView, activity: Activity): number | null {
  const { intervals, round } = node;
  const times: number[] = [];
  intervals.forEach((interval, place) => {
    // Where no rounds are known, each time before counts.
    const earlier = round === 0 || interval[2] !== round;
    if (interval[0] === activity && earlier && isDone(intervals, place)) {
      times.push(interval[4] - interval[3]);
    }
  });
  return median(times);
}
