/** How far a run is, and how long it may still take. Pure. */

import type { AttemptView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { medianOf } from './nodes';

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
  const attempt = run.attempts[run.attempts.length - 1];
  const rounds = attempt?.rounds ?? [];
  const last = rounds[rounds.length - 1];
  const of = attempt?.max_rounds ?? 0;
  const closed = rounds.filter(round => round.end > 0).length;
  const over = attempt?.end || run.ended;
  return {
    round: last?.round ?? 0,
    of,
    done: of > 0 ? Math.min(1, closed / of + share(attempt, now) / of) : null,
    elapsed: Math.max(0, (over || now) - run.started),
    left: over > 0 ? null : remaining(attempt, now),
    phase: phaseOf(run, attempt)
  };
}

function phaseOf(
  run: IRunState,
  attempt: AttemptView | undefined
): IProgress['phase'] {
  if (attempt !== undefined && attempt.result !== '') {
    return attempt.result;
  }
  if (run.ended > 0) {
    return 'ended';
  }
  return attempt !== undefined && attempt.rounds.length > 0
    ? 'running'
    : 'checking in';
}

function usual(attempt: AttemptView | undefined): number {
  const times = (attempt?.rounds ?? [])
    .filter(round => round.end > 0)
    .map(round => round.end - round.begin);
  return medianOf(times);
}

/** The part of the round that goes on, judged by the others. */
function share(attempt: AttemptView | undefined, now: number): number {
  const last = attempt?.rounds[attempt.rounds.length - 1];
  const median = usual(attempt);
  if (last === undefined || last.end > 0 || median === 0 || attempt?.end) {
    return 0;
  }
  // Never whole before it is.
  return Math.min(0.95, Math.max(0, now - last.begin) / median);
}

/** The median of the finished rounds, for each that is left; null: it cannot be told. */
function remaining(
  attempt: AttemptView | undefined,
  now: number
): number | null {
  const median = usual(attempt);
  if (attempt === undefined || attempt.max_rounds === 0 || median === 0) {
    return null;
  }
  const last = attempt.rounds[attempt.rounds.length - 1];
  const closed = attempt.rounds.filter(round => round.end > 0).length;
  const under = last !== undefined && last.end === 0 ? 1 : 0;
  const current =
    under === 0 || last === undefined
      ? 0
      : Math.max(0, median - (now - last.begin));
  return current + Math.max(0, attempt.max_rounds - closed - under) * median;
}
