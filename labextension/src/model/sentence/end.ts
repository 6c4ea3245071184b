/** What it says when the task is over. */

import type { IRunState } from '../../tokens';
import { currentRound, latestAttempt } from '../attempts';
import { sentenceOf, type Clause, type ISentence } from './clauses';

export function endSentence(run: IRunState): ISentence | null {
  const clauses = endClauses(run);
  const kind = clauses[0]?.kind;
  if (kind === undefined) {
    return null;
  }
  return sentenceOf(
    'plain',
    kind === 'finished' ? 'finished' : 'stopped',
    clauses
  );
}

export function endClauses(run: IRunState): Clause[] {
  const attempt = latestAttempt(run);
  const last = currentRound(run)?.round ?? 0;
  // A holder that still says goodbye does not make the task go on.
  if (attempt?.result === 'finished') {
    return [
      {
        kind: 'finished',
        rounds: last,
        seconds: (attempt.end || run.ended) - run.started
      }
    ];
  }
  if (attempt?.result === 'stopped') {
    return [{ kind: 'stopped', round: last, of: attempt.max_rounds }];
  }
  if (run.ended > 0) {
    const stopped = run.members.some(
      member => member.state === 'stopped' || member.result === 'stopped'
    );
    const of = attempt?.max_rounds ?? 0;
    return stopped
      ? [{ kind: 'stopped', round: last, of }]
      : [{ kind: 'ended', seconds: run.ended - run.started }];
  }
  return [];
}
