/** Who takes longest: in a round, and usually. Pure. */

import type { AttemptView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { attemptEnd, latestAttempt } from './attempts';
import { median } from './median';
import { slowNodes } from './nodeTimes';
import { type INodeRound, workOf } from './work';

/** Who took longest in a round. */
export interface ISlowest {
  node: string;
  seconds: number;
}

/** The slowest node of the attempt. */
export interface ISlowNode {
  node: string;
  /** Its median over the finished rounds, or what it has worked already in this one if it is slow. */
  seconds: number;
  /** By how much that is above the median of the others; null: there are none. */
  surplus: number | null;
}

/** What a node did in a round. */
export interface IMemberRound {
  node: string;
  work: INodeRound;
}

/** The node whose work takes longest. */
export function slowNode(run: IRunState, now: number): ISlowNode | null {
  const attempt = latestAttempt(run);
  if (attempt === null) {
    return null;
  }
  const usual = usualWork(run, attempt, now);
  const [first] = usual;
  if (first === undefined) {
    return null;
  }
  const others = median(usual.slice(1).map(item => item.seconds));
  return {
    node: first.node,
    seconds: first.seconds,
    surplus: others === null ? null : first.seconds - others
  };
}

/**
 * How long each participant usually works in a round, or already has in this one if it is slow; the slowest first. Those never seen
 * at work are not in it.
 */
export function usualWork(
  run: IRunState,
  attempt: AttemptView,
  now: number
): ISlowest[] {
  const open = openRound(run, attempt);
  const left = new Set(
    attempt.rounds.flatMap(({ round, left_out }) =>
      left_out.map(({ node }) => `${round} ${node}`)
    )
  );
  const slow = slowNodes(run, now).nodes;
  const result: ISlowest[] = [];
  for (const member of run.members) {
    const conducts = member.node === attempt.leader && run.members.length > 1;
    const times: number[] = [];
    for (const [round, work] of workOf(member, attempt.begin, now)) {
      const seconds = secondsOf(work, conducts);
      const counts = round !== open && round > 0 && seconds > 0;
      // Who was left out may have worked for a moment only.
      if (counts && !left.has(`${round} ${member.node}`)) {
        times.push(seconds);
      }
    }
    const seconds = Math.max(median(times) ?? 0, slow.get(member.node) ?? 0);
    if (seconds > 0) {
      result.push({ node: member.node, seconds });
    }
  }
  return result.sort((a, b) => b.seconds - a.seconds);
}

function openRound(run: IRunState, attempt: AttemptView): number {
  const last = attempt.rounds[attempt.rounds.length - 1];
  return last !== undefined && last.end === 0 && attemptEnd(run, attempt) === 0
    ? last.round
    : -1;
}

/** Who worked longest in a round; null: nobody was seen working. */
export function slowestOf(
  work: readonly IMemberRound[],
  leader: string
): ISlowest | null {
  let best: ISlowest | null = null;
  for (const { node, work: item } of work) {
    const seconds = secondsOf(item, node === leader && work.length > 1);
    if (seconds > 0 && (best === null || seconds > best.seconds)) {
      best = { node, seconds };
    }
  }
  return best;
}

/** How long a node worked in a round. A leader among others conducts: of it only training counts. */
function secondsOf(work: INodeRound, conducts: boolean): number {
  return conducts ? work.training : work.work;
}
