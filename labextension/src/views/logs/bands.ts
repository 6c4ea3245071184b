/** Where rounds begin among records. */

import { firstAfter } from '../../model/bisect';
import type { IRunState } from '../../tokens';

export interface IBand {
  round: number;
  seq: number;
  begin: number;
}

/** The beginnings of all rounds of a run, in order. */
export function bandsOf(run: IRunState): IBand[] {
  return run.attempts
    .flatMap(attempt =>
      attempt.rounds.map(({ round, seq, begin }) => ({ round, seq, begin }))
    )
    .sort((one, other) => one.seq - other.seq);
}

/** More rounds than these between two records would push the log away. */
const AT_ONCE = 3;

/**
 * The rounds that begin between two records; before the first record only the latest of them. Records whose
 * predecessor is not known (`undefined`) have none.
 */
export function bandsBefore(
  bands: readonly IBand[],
  previous: number | null | undefined,
  seq: number
): readonly IBand[] {
  if (previous === undefined || bands.length === 0) {
    return [];
  }
  const found: IBand[] = [];
  for (
    let at = firstAfter(bands, seq) - 1;
    at >= 0 && found.length < AT_ONCE;
    at--
  ) {
    const band = bands[at];
    if (band === undefined || band.seq <= (previous ?? 0)) {
      break;
    }
    found.unshift(band);
    if (previous === null) {
      break;
    }
  }
  return found;
}
