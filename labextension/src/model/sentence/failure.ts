/** What it says when nodes have failed. */

import type { IRunState } from '../../tokens';
import { failureText, lastActivity, statusOf } from '../nodes';
import { isLarge, sideClauses } from './aside';
import { sentenceOf, type Clause, type ISentence } from './clauses';
import { endClauses } from './end';

export function failureSentence(run: IRunState, now: number): ISentence | null {
  const failed = run.members.filter(
    member => statusOf(member, run, now).name === 'failed'
  );
  const first = failed[0];
  if (first === undefined) {
    return null;
  }
  const after = run.ended > 0 ? endClauses(run) : [];
  const seq = first.errors[first.errors.length - 1] ?? 0;
  if (failed.length === 1) {
    const clause: Clause = {
      kind: 'failed',
      node: first.node,
      round: first.round,
      activity: lastActivity(first),
      error: failureText(first)
    };
    const more = isLarge(run) ? sideClauses(run, now) : [];
    return sentenceOf('error', 'failed', [clause, ...more, ...after], {
      kind: 'open cell',
      node: first.node,
      seq
    });
  }
  const error = failureText(first);
  const clause: Clause = {
    kind: 'many failed',
    count: failed.length,
    total: run.members.length,
    round: failed.every(member => member.round === first.round)
      ? first.round
      : 0,
    error,
    same: failed.every(member => failureText(member) === error)
  };
  return sentenceOf(
    'error',
    'failed',
    [clause, ...sideClauses(run, now), ...after],
    {
      kind: 'show traceback',
      node: first.node,
      seq
    }
  );
}
