/** What it says while all goes well. */

import type { Activity } from '../../hub/protocol';
import type { IRunState } from '../../tokens';
import { LANES, works, type StateName } from '../activities';
import { currentRound, latestAttempt } from '../attempts';
import { addTo } from '../grouping';
import { statusOf } from '../nodes';
import { memberOf } from '../waits';
import { slowClauses, updateWaiter } from './aside';
import { sentenceOf, type Clause, type ISentence } from './clauses';
import { waitClause, waiters } from './waiting';

/** In the order in which they are worth the sentence. */
const BUSY = LANES.filter(
  (name): name is Activity => works(name) && name !== 'custom'
);

export function progressSentence(run: IRunState, now: number): ISentence {
  const round = currentRound(run)?.round ?? 0;
  const of = latestAttempt(run)?.max_rounds ?? 0;
  const doing = new Map<StateName, string[]>();
  for (const member of run.members) {
    const { name } = statusOf(member, run, now);
    addTo(doing, name, member.node);
  }
  const more = slowClauses(run, now);
  for (const activity of BUSY) {
    const nodes = doing.get(activity);
    if (nodes === undefined) {
      continue;
    }
    if (activity === 'training') {
      const waiter = updateWaiter(run)?.node ?? null;
      return sentenceOf('plain', activity, [
        { kind: 'training', round, of, nodes, waiter },
        ...more
      ]);
    }
    return sentenceOf('plain', activity, [
      { kind: 'busy', round, of, nodes, activity },
      ...more
    ]);
  }
  return calm(run, doing, round, of);
}

/** Nobody computes. */
function calm(
  run: IRunState,
  doing: ReadonlyMap<StateName, readonly string[]>,
  round: number,
  of: number
): ISentence {
  const custom = memberOf(run, doing.get('custom')?.[0] ?? '');
  if (custom !== undefined) {
    const clause: Clause = {
      kind: 'custom',
      node: custom.node,
      text: custom.detail
    };
    return sentenceOf('plain', 'custom', [clause]);
  }
  const up = run.members.filter(member => member.state === 'up').length;
  const total = run.members.length;
  if (doing.has('starting')) {
    return sentenceOf('plain', 'starting', [{ kind: 'starting', up, total }]);
  }
  const [waiter] = waiters(run);
  if (waiter !== undefined) {
    return sentenceOf('plain', 'waiting', [waitClause(waiter, run)]);
  }
  return sentenceOf('plain', 'starting', [{ kind: 'quiet', round, of }]);
}
