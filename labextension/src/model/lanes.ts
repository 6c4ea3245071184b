/** Which nodes get a lane in the Rounds view, and what is said of the others. Pure. */

import type { AttemptView, NodeView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { latestAttempt } from './attempts';
import { addTo } from './grouping';
import { median } from './median';
import { usualWork } from './slowest';
import { workOf } from './work';

/** Up to so many nodes each have a lane. */
const MOST_LANES = 24;
const SLOWEST = 10;

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

/** Each node a lane; of many, the one that leads and the ten slowest. */
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
    if (member.node !== attempt?.leader) {
      wanted.add(member.node);
    }
  }
  if (attempt !== null) {
    wanted.add(attempt.leader);
  }
  return {
    nodes: run.members.filter(member => wanted.has(member.node)),
    rest: run.members.filter(member => !wanted.has(member.node))
  };
}

/** A bar for each round of those without a lane. */
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
        addTo(begins, round, work.begin);
        addTo(times, round, work.work);
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
