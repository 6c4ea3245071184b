/** What it says when somebody waits for long, or for a node that is not there. */

import type { NodeView } from '../../hub/protocol';
import type { IRunState } from '../../tokens';
import { causeOf, LONG_WAIT, statusOf } from '../nodes';
import { awaitedBy, memberOf, waitChain, waitsSince } from '../waits';
import { sideClauses } from './aside';
import { sentenceOf, type Clause, type ISentence } from './clauses';
import { waitClause, waiters } from './waiting';

export function troubleSentence(run: IRunState, now: number): ISentence | null {
  const chain = waitChain(run, now);
  if (chain.cycle.length > 0) {
    const since = Math.max(
      ...chain.cycle.map(id => {
        const member = memberOf(run, id);
        return member === undefined ? 0 : waitsSince(member);
      })
    );
    const clause: Clause = { kind: 'cycle', nodes: chain.cycle, since };
    return sentenceOf('warning', 'waiting', [clause]);
  }
  const missing = missingSentence(run, now);
  if (missing !== null) {
    return missing;
  }
  const gone = run.members.filter(member => member.state === 'gone');
  const first = gone[0];
  if (first !== undefined) {
    const clause: Clause = {
      kind: 'gone',
      nodes: gone.map(member => member.node),
      cause: causeOf(first),
      since: first.ended
    };
    return sentenceOf('error', 'gone', [clause, ...sideClauses(run, now)]);
  }
  const quiet = run.members.find(member => statusOf(member, run, now).long);
  if (quiet !== undefined) {
    return sentenceOf('warning', 'waiting', [waitClause(quiet, run)]);
  }
  return null;
}

/** Somebody waits for a node that is not there. */
function missingSentence(run: IRunState, now: number): ISentence | null {
  for (const member of waiters(run)) {
    const lacking = awaitedBy(member, run).filter(
      id => memberOf(run, id)?.state !== 'up'
    );
    if (lacking.length > 0) {
      return lackSentence(member, lacking, run, now);
    }
  }
  return null;
}

/** One waits for others that are not there: it, and what is the matter with them. */
function lackSentence(
  member: NodeView,
  lacking: string[],
  run: IRunState,
  now: number
): ISentence {
  const waits: Clause = { ...waitClause(member, run), whom: lacking };
  const long = now - waitsSince(member) >= LONG_WAIT;
  const gone = lacking.filter(id => memberOf(run, id)?.state === 'gone');
  const lost = memberOf(run, gone[0] ?? '');
  if (lost !== undefined) {
    const clause: Clause = {
      kind: 'gone',
      nodes: gone,
      cause: causeOf(lost),
      since: null
    };
    return sentenceOf('error', 'gone', [waits, clause]);
  }
  const absent = lacking.filter(
    id => (memberOf(run, id)?.state ?? 'absent') === 'absent'
  );
  const missing = absent[0];
  if (missing !== undefined) {
    const clauses: Clause[] = [waits, { kind: 'never started', nodes: absent }];
    return long
      ? sentenceOf('warning', 'waiting', clauses, {
          kind: 'how to start',
          node: missing
        })
      : sentenceOf('plain', 'waiting', clauses);
  }
  return sentenceOf(long ? 'warning' : 'plain', 'waiting', [waits]);
}
