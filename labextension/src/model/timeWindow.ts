/** The time that the Rounds view shows: all of an attempt, or a part of it. Pure. */

import type { IRunState, ITimeWindow } from '../tokens';
import { attemptEnd, latestAttempt } from './attempts';

/**
 * The time of the latest attempt, with what came before it if it is the first one, and with room for what is still expected: the end
 * moves in steps, so that a running task does not redraw every bar at each tick.
 */
export function wholeTime(
  run: IRunState,
  now: number,
  remaining: number | null
): ITimeWindow {
  const attempt = latestAttempt(run);
  const first = run.attempts.length > 1 && attempt !== null;
  const begin = first ? attempt.begin : run.started;
  const end = attempt === null ? run.ended : attemptEnd(run, attempt);
  if (end > 0) {
    return { begin, end: Math.max(end, begin + 0.1) };
  }
  const spent = Math.max(now - begin, 1);
  const room = Math.min(remaining ?? 0, spent * 0.25);
  const step = Math.pow(2, Math.floor(Math.log2(spent)) - 4);
  return { begin, end: begin + Math.ceil((spent + room) / step) * step };
}

/** A window scaled around a time, no wider than the whole and no narrower than 50 ms. */
export function zoomed(
  window: ITimeWindow,
  whole: ITimeWindow,
  factor: number,
  around: number
): ITimeWindow {
  const span = Math.max((window.end - window.begin) * factor, 0.05);
  const share = (around - window.begin) / (window.end - window.begin);
  return within(
    { begin: around - share * span, end: around + (1 - share) * span },
    whole
  );
}

/** The window moved into the whole; the whole if it is wider. */
export function within(window: ITimeWindow, whole: ITimeWindow): ITimeWindow {
  const span = window.end - window.begin;
  if (span >= whole.end - whole.begin) {
    return whole;
  }
  const begin = Math.min(Math.max(window.begin, whole.begin), whole.end - span);
  return { begin, end: begin + span };
}
