/** The latest attempt of a run: where it is, and when it ended. Pure. */

import type { AttemptView, NodeView, RoundView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { memberOf } from './waits';

export function latestAttempt(run: IRunState): AttemptView | null {
  return run.attempts[run.attempts.length - 1] ?? null;
}

/** The round that goes on, or the last one, of the latest attempt. */
export function currentRound(run: IRunState): RoundView | null {
  const rounds = latestAttempt(run)?.rounds;
  return rounds?.[rounds.length - 1] ?? null;
}

/** When the attempt ended, also if its leader could not say so any more; 0: it goes on. */
export function attemptEnd(run: IRunState, attempt: AttemptView): number {
  if (attempt.end > 0) {
    return attempt.end;
  }
  const leader = memberOf(run, attempt.leader);
  if (leader !== undefined && leader.state !== 'up') {
    return leader.ended || run.ended || failedAt(leader);
  }
  return run.ended;
}

function failedAt(member: NodeView): number {
  const last = member.intervals[member.intervals.length - 1];
  return last !== undefined && (last[0] === 'failed' || last[0] === 'stopped')
    ? last[3]
    : 0;
}
