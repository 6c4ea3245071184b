/** Who waits for whom, laid out as boxes and arrows. Pure. */

import type { IRunState } from '../tokens';
import { memberOf } from './waits';
import type { IAwaited, IWaitChain } from './waits';

export interface IChainBox {
  key: string;
  /** One, or several that wait for the same. */
  nodes: string[];
  /** From 0, at the left. */
  column: number;
  row: number;
  /** It must act, and does not. */
  stuck: boolean;
}

export interface IChainArrow {
  from: string;
  to: string;
  /** Null: the node does not say. */
  awaited: IAwaited | null;
  /** The end of the chain, or part of a cycle. */
  last: boolean;
}

export interface IChainDrawing {
  boxes: IChainBox[];
  arrows: IChainArrow[];
  columns: number;
  rows: number;
}

/** More nodes than this that wait for the same, or are awaited by the same ones, share a box. */
const MOST_ALONE = 3;

export function drawChain(chain: IWaitChain, run: IRunState): IChainDrawing {
  const targets = new Map<string, Set<string>>();
  const sources = new Map<string, Set<string>>();
  const awaited = new Map<string, IAwaited | null>();
  for (const edge of chain.edges) {
    put(targets, edge.from, edge.to);
    put(sources, edge.to, edge.from);
    awaited.set(edge.from, edge.awaited);
  }
  const ids = new Set([...targets.keys(), ...sources.keys()]);
  const groups = new Map<string, string[]>();
  for (const id of ids) {
    const about = awaited.get(id);
    const like = JSON.stringify([
      [...(targets.get(id) ?? [])].sort(),
      [...(sources.get(id) ?? [])].sort(),
      about?.kind,
      about?.name,
      about?.round,
      isStuck(id, run, chain)
    ]);
    groups.set(like, [...(groups.get(like) ?? []), id]);
  }
  const boxOf = new Map<string, string>();
  const boxes: IChainBox[] = [];
  const first = (nodes: readonly string[]) => nodes[0] ?? '';
  for (const nodes of groups.values()) {
    const parts = nodes.length > MOST_ALONE ? [nodes] : nodes.map(id => [id]);
    for (const part of parts) {
      const key = first(part);
      part.forEach(id => boxOf.set(id, key));
      const stuck = isStuck(key, run, chain);
      boxes.push({ key, nodes: part, column: 0, row: 0, stuck });
    }
  }
  const arrows = arrowsOf(chain, boxOf, boxes);
  place(boxes, arrows);
  return {
    boxes,
    arrows,
    columns: Math.max(0, ...boxes.map(box => box.column + 1)),
    rows: Math.max(0, ...boxes.map(box => box.row + 1))
  };
}

function put(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) {
    map.set(key, new Set([value]));
  } else {
    known.add(value);
  }
}

function isStuck(id: string, run: IRunState, chain: IWaitChain): boolean {
  return chain.cycle.includes(id) || memberOf(run, id)?.state !== 'up';
}

function arrowsOf(
  chain: IWaitChain,
  boxOf: ReadonlyMap<string, string>,
  boxes: readonly IChainBox[]
): IChainArrow[] {
  const stuck = new Set(boxes.filter(box => box.stuck).map(box => box.key));
  const arrows = new Map<string, IChainArrow>();
  for (const edge of chain.edges) {
    const from = boxOf.get(edge.from) ?? edge.from;
    const to = boxOf.get(edge.to) ?? edge.to;
    arrows.set(JSON.stringify([from, to]), {
      from,
      to,
      awaited: edge.awaited,
      last: stuck.has(to)
    });
  }
  return [...arrows.values()];
}

/** Columns from the right: who waits stands left of everybody it waits for; a cycle is cut where it comes round. */
function place(boxes: IChainBox[], arrows: readonly IChainArrow[]): void {
  const next = new Map<string, string[]>();
  for (const { from, to } of arrows) {
    next.set(from, [...(next.get(from) ?? []), to]);
  }
  const depths = new Map<string, number>();
  const open = new Set<string>();
  const depthOf = (key: string): number => {
    const known = depths.get(key);
    if (known !== undefined) {
      return known;
    }
    open.add(key);
    let depth = 0;
    for (const to of next.get(key) ?? []) {
      if (!open.has(to)) {
        depth = Math.max(depth, depthOf(to) + 1);
      }
    }
    open.delete(key);
    depths.set(key, depth);
    return depth;
  };
  const deepest = Math.max(0, ...boxes.map(box => depthOf(box.key)));
  const rows = new Map<number, number>();
  for (const box of boxes) {
    box.column = deepest - depthOf(box.key);
    box.row = rows.get(box.column) ?? 0;
    rows.set(box.column, box.row + 1);
  }
}
