/** How far a run is, and how long it may still take. Pure. */

import type { AttemptView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { attemptProgress } from './attemptProgress';
import { latestAttempt } from './attempts';

export interface IProgress {
  /** The round that goes on, or the last one; 0: none yet. */
  round: number;
  /** 0: not known. */
  of: number;
  /** From 0 to 1; null: not known. */
  done: number | null;
  /** Since the run's start. */
  elapsed: number;
  /** Seconds; null: not known. */
  left: number | null;
  /** `checking in`: no round yet; else how the latest attempt stands. */
  phase:
    'checking in' | 'running' | 'finished' | 'failed' | 'stopped' | 'ended';
}

/** Where the latest attempt of a run stands. */
export function progressOf(run: IRunState, now: number): IProgress {
  const attempt = latestAttempt(run);
  const progress = attemptProgress(run, now);
  const of = attempt?.max_rounds ?? 0;
  const { round, finished, part, remaining } = progress ?? NOTHING;
  // An attempt that broke off without a word is not the end: its run goes on.
  const over = (attempt?.result ? attempt.end : 0) || run.ended;
  return {
    round,
    of,
    done: of > 0 ? Math.min(1, (finished + part) / of) : null,
    elapsed: Math.max(0, (over || now) - run.started),
    left: remaining,
    phase: phaseOf(run, attempt)
  };
}

const NOTHING = { round: 0, finished: 0, part: 0, remaining: null };

function phaseOf(
  run: IRunState,
  attempt: AttemptView | null
): IProgress['phase'] {
  if (attempt !== null && attempt.result !== '') {
    return attempt.result;
  }
  if (run.ended > 0) {
    return 'ended';
  }
  return attempt !== null && attempt.rounds.length > 0
    ? 'running'
    : 'checking in';
}
