/** Who waits for whom, followed to its end. Pure. */

import type { NodeView, WaitView } from '../hub/protocol';
import type { IRunState } from '../tokens';

/** What is awaited, whoever waits. */
export type IAwaited = Pick<WaitView, 'kind' | 'name' | 'round'>;

/** What a node awaits that does not say it. */
export const ANYTHING: IAwaited = { kind: 'any', name: '', round: 0 };

export interface IWaitEdge {
  from: string;
  to: string;
  /** Null: the node does not say. */
  awaited: IAwaited | null;
  since: number;
}

export interface IWaitChain {
  edges: IWaitEdge[];
  /** Who must act: awaited, and waiting for nobody. */
  ends: string[];
  /** Nodes that wait for each other, in the order of the waiting; empty: none do. */
  cycle: string[];
}

/** Two nodes that wait for each other for less are in the midst of an exchange. */
const CYCLE_AFTER = 2;

const indices = new WeakMap<IRunState, Map<string, NodeView>>();

/** The node of that id in a run. */
export function memberOf(run: IRunState, id: string): NodeView | undefined {
  let index = indices.get(run);
  if (index === undefined) {
    index = new Map(run.members.map(member => [member.node, member]));
    indices.set(run, index);
  }
  return index.get(id);
}

/** Whether the node is up and blocked until something comes. */
export function isWaiting(node: NodeView): boolean {
  return (
    node.state === 'up' && (node.wait !== null || node.activity === 'waiting')
  );
}

/** Whether the node waits for what others computed in a round. */
export function awaitsUpdates({ wait }: NodeView): boolean {
  return wait?.kind === 'stream' && wait.name === 'update';
}

/** Since when, by the hub's clock where it says so. */
export function waitsSince(node: NodeView): number {
  const last = node.intervals[node.intervals.length - 1];
  if (last !== undefined && last[0] === 'waiting' && last[4] === 0) {
    // A wait inside an activity that goes on may be younger than the activity.
    return Math.max(last[3], node.wait?.since ?? 0);
  }
  return node.wait?.since ?? node.since;
}

/** Whom the node waits for: those that have not come yet; of a wait for anybody, those that never came up. */
export function awaitedBy(node: NodeView, run: IRunState): string[] {
  if (!isWaiting(node)) {
    return [];
  }
  const whom = node.wait?.whom ?? [];
  if (whom.length > 0) {
    const arrived = new Set(node.wait?.arrived);
    return whom.filter(id => id !== node.node && !arrived.has(id));
  }
  return absentIn(run);
}

const absent = new WeakMap<IRunState, string[]>();

/** Those that never came up. One list for all that wait for anybody. */
function absentIn(run: IRunState): string[] {
  let nodes = absent.get(run);
  if (nodes === undefined) {
    nodes = run.members
      .filter(({ state }) => state === 'absent')
      .map(({ node }) => node);
    absent.set(run, nodes);
  }
  return nodes;
}

const chains = new WeakMap<IRunState, { now: number; chain: IWaitChain }>();

/** The waits of a run as a graph. */
export function waitChain(run: IRunState, now: number): IWaitChain {
  const known = chains.get(run);
  if (known !== undefined && known.now === now) {
    return known.chain;
  }
  const edges: IWaitEdge[] = [];
  const out = new Map<string, string[]>();
  for (const member of run.members) {
    const targets = awaitedBy(member, run);
    if (targets.length === 0) {
      continue;
    }
    const since = waitsSince(member);
    out.set(member.node, targets);
    for (const to of targets) {
      edges.push({
        from: member.node,
        to,
        awaited: member.wait,
        since
      });
    }
  }
  const ends = new Set<string>();
  for (const edge of edges) {
    if (!out.has(edge.to)) {
      ends.add(edge.to);
    }
  }
  const stuck = new Map(
    [...out].filter(([id]) => {
      const member = memberOf(run, id);
      return member !== undefined && now - waitsSince(member) >= CYCLE_AFTER;
    })
  );
  const chain = { edges, ends: [...ends], cycle: cycleIn(stuck) };
  chains.set(run, { now, chain });
  return chain;
}

/** The first cycle of a directed graph, in its order. */
function cycleIn(out: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  for (const start of out.keys()) {
    if (done.has(start)) {
      continue;
    }
    // Depth first, without recursion: a chain may be as long as there are nodes.
    const path: { id: string; next: number }[] = [{ id: start, next: 0 }];
    const place = new Map([[start, 0]]);
    while (path.length > 0) {
      const top = path[path.length - 1];
      if (top === undefined) {
        break;
      }
      const target = out.get(top.id)?.[top.next++];
      if (target === undefined) {
        done.add(top.id);
        place.delete(top.id);
        path.pop();
      } else if (place.has(target)) {
        return path.slice(place.get(target)).map(step => step.id);
      } else if (!done.has(target) && out.has(target)) {
        place.set(target, path.length);
        path.push({ id: target, next: 0 });
      }
    }
  }
  return [];
}
