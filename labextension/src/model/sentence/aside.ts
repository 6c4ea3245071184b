/** What else is worth a word while many nodes work: who is slow, and for how many updates somebody waits. */

import type { NodeView } from '../../hub/protocol';
import type { IRunState } from '../../tokens';
import { slowNodes } from '../nodeTimes';
import { awaitedBy, awaitsUpdates, isWaiting } from '../waits';
import type { Clause } from './clauses';

/** Too many nodes to watch each of them. */
export function isLarge(run: IRunState): boolean {
  return run.members.length > 12;
}

export function sideClauses(run: IRunState, now: number): Clause[] {
  if (run.ended > 0) {
    return [];
  }
  const clauses = slowClauses(run, now);
  const waiter = updateWaiter(run);
  if (waiter !== null) {
    const count = awaitedBy(waiter, run).length;
    clauses.push({ kind: 'updates', node: waiter.node, count });
  }
  return clauses;
}

export function slowClauses(run: IRunState, now: number): Clause[] {
  const count = isLarge(run) ? slowNodes(run, now).nodes.size : 0;
  return count > 0 ? [{ kind: 'slow', count }] : [];
}

/** The one that waits for updates of several nodes. */
export function updateWaiter(run: IRunState): NodeView | null {
  const waiter = run.members.find(
    member => isWaiting(member) && awaitsUpdates(member)
  );
  return waiter ?? null;
}
