/** What it says when nodes have failed. */

import type { Activity, FailureView, NodeView } from '../../hub/protocol';
import type { IRunState } from '../../tokens';
import { errorLine, followsFrom, toldOf } from '../failures';
import { causeOf, lastActivity } from '../nodes';
import { memberOf } from '../waits';
import { isLarge, sideClauses } from './aside';
import { sentenceOf, type Clause, type ISentence } from './clauses';
import { endClauses } from './end';

/** So many are called by their names, unless there are many nodes. */
const MOST_NAMED = 3;

export function failureSentence(run: IRunState, now: number): ISentence | null {
  const told = toldOf(run.failures);
  if (told === null) {
    return null;
  }
  const { first, others, consequence } = told;
  const clauses = [firstClause(first, run)];
  if (others > 0) {
    clauses.push({ kind: 'others failed', count: others });
  }
  if (consequence !== null) {
    clauses.push({
      kind: 'consequence',
      nodes: consequence.nodes,
      error: consequence.type,
      of: followsFrom(consequence, first) ? [] : consequence.because_of
    });
  }
  if (isLarge(run) || first.count > 1) {
    clauses.push(...sideClauses(run, now));
  }
  if (run.ended > 0) {
    clauses.push(...endClauses(run));
  }
  // Nodes that are gone left no record of it.
  const failed = first.gone ? consequence : first;
  const node = failed?.nodes[0] ?? '';
  const errors = memberOf(run, node)?.errors ?? [];
  return sentenceOf('error', first.gone ? 'gone' : 'failed', clauses, {
    kind: failed?.count === 1 ? 'open cell' : 'show traceback',
    node,
    seq: errors[errors.length - 1] ?? 0
  });
}

function firstClause(first: FailureView, run: IRunState): Clause {
  const members = first.nodes.flatMap(node => memberOf(run, node) ?? []);
  const error = errorLine(first.type, first.message);
  const { nodes, count, place } = first;
  if (first.gone) {
    const [member] = members;
    const cause = member === undefined ? first.message : causeOf(member);
    return { kind: 'gone', nodes, cause, since: null };
  }
  const round = shared(members, member => member.round) ?? 0;
  if (count > MOST_NAMED || (count > 1 && isLarge(run))) {
    const total = run.members.length;
    return { kind: 'many failed', count, total, round, error };
  }
  const activity: Activity | null = shared(members, lastActivity) ?? null;
  return { kind: 'failed', nodes, round, activity, error, place };
}

/** What is the same of all; undefined: nothing is. */
function shared<T>(
  members: readonly NodeView[],
  of: (member: NodeView) => T
): T | undefined {
  const [first, ...rest] = members.map(of);
  return rest.every(value => value === first) ? first : undefined;
}
