/** What broke, in the order in which the hub tells it. Pure. */

import type { FailureView } from '../hub/protocol';
import type { IRunState } from '../tokens';

/** The last line of an error: `ValueError: batch of size 0`. */
export function errorLine(type: string, message: string): string {
  const text = message.trim();
  if (text === '' || text === type || type === '') {
    return text || type;
  }
  return text.startsWith(`${type}:`) ? text : `${type}: ${text}`;
}

/** What is told of failures: what led to the rest, how many others there are, and the first consequence. */
export interface ITold {
  first: FailureView;
  /** How many nodes failed by themselves, and otherwise than the first ones. */
  others: number;
  consequence: FailureView | null;
}

/** Null: nothing broke. */
export function toldOf(failures: readonly FailureView[]): ITold | null {
  const [first, ...rest] = failures;
  if (first === undefined) {
    return null;
  }
  const byThemselves = rest.filter(({ because_of }) => because_of.length === 0);
  return {
    first,
    others: byThemselves.reduce((sum, { count }) => sum + count, 0),
    consequence: rest.find(({ because_of }) => because_of.length > 0) ?? null
  };
}

/** Whether it is a consequence of these failures alone, so that who they are need not be said again. */
export function followsFrom(
  consequence: FailureView,
  first: FailureView
): boolean {
  const nodes = new Set(first.nodes);
  return consequence.because_of.every(node => nodes.has(node));
}

interface IPlaced {
  place: number;
  because_of: readonly string[];
}

const placed = new WeakMap<IRunState, ReadonlyMap<string, IPlaced>>();

function placedIn(run: IRunState): ReadonlyMap<string, IPlaced> {
  let nodes = placed.get(run);
  if (nodes === undefined) {
    const all = run.failures.flatMap(failure =>
      failure.nodes.map(node => ({ node, because_of: failure.because_of }))
    );
    nodes = new Map(
      all.map(({ node, because_of }, place) => [node, { place, because_of }])
    );
    placed.set(run, nodes);
  }
  return nodes;
}

/** Where a node stands among those that failed, from 0; Infinity: not among them. */
export function failurePlace(node: string, run: IRunState): number {
  return placedIn(run).get(node)?.place ?? Infinity;
}

/** The nodes of whose failures a node's own is a consequence. */
export function causesOf(node: string, run: IRunState): readonly string[] {
  return placedIn(run).get(node)?.because_of ?? [];
}
