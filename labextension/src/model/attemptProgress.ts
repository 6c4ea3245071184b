/** How far the latest attempt of a run is, and how long it may still take. Pure. */

import type { AttemptView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { attemptEnd, latestAttempt } from './attempts';
import { median } from './median';

/** How far the latest attempt is. */
export interface IProgress {
  attempt: AttemptView;
  going: boolean;
  /** Seconds since it began, or that it took. */
  elapsed: number;
  /** The round it is in, or was last; 0: none yet. */
  round: number;
  /** 0: not known. */
  maxRounds: number;
  /** Rounds that are behind it, those of an earlier attempt that it recovered included. */
  finished: number;
  /** How much of the present round is behind it, 0 to 1, by the rounds before; 0: not known. */
  part: number;
  /** Of finished rounds, seconds. */
  median: number | null;
  /** Seconds; null: nobody can say. */
  remaining: number | null;
}

export function attemptProgress(run: IRunState, now: number): IProgress | null {
  const attempt = latestAttempt(run);
  if (attempt === null) {
    return null;
  }
  const end = attemptEnd(run, attempt);
  const going = end === 0;
  const last = attempt.rounds[attempt.rounds.length - 1];
  const closed = attempt.rounds.filter(round => round.end > 0);
  // The last round of a scheduler that failed was closed by its end, yet is not behind it.
  const broken = !going && attempt.result !== 'finished';
  const done = broken ? closed.filter(round => round !== last) : closed;
  const usual = median(done.map(round => round.end - round.begin));
  const current = going && last !== undefined && last.end === 0 ? last : null;
  const finished =
    last === undefined ? 0 : current || broken ? last.round - 1 : last.round;
  const spent = current === null ? 0 : Math.max(0, now - current.begin);
  const part =
    current === null || usual === null || usual <= 0
      ? 0
      : Math.min(0.98, spent / usual);
  const rest = attempt.max_rounds - finished;
  const left =
    usual === null ? 0 : usual * (rest - 1) + Math.max(0, usual - spent);
  // A last round that takes longer than usual has no estimate any more.
  const remaining =
    going && attempt.max_rounds > 0 && rest > 0 && left > 0 ? left : null;
  return {
    attempt,
    going,
    elapsed: Math.max(0, (going ? now : end) - attempt.begin),
    round: last?.round ?? 0,
    maxRounds: attempt.max_rounds,
    finished,
    part,
    median: usual,
    remaining
  };
}
