/** In which state a node is, in the words that all views share. Pure. */

import type { Activity, NodeView, RoundView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { ends, type StateName } from './activities';
import { currentRound } from './attempts';
import { errorLine } from './failures';
import { awaitedBy, isWaiting, memberOf, waitChain, waitsSince } from './waits';

export interface INodeStatus {
  name: StateName;
  /** Since when, the hub's clock. */
  since: number;
  /** Waiting for over 10 s, and the one it waits for does not work on it. */
  long: boolean;
  /** The user's own word for `custom`, the cause of `gone`, the last line of the error of `failed`; else more words. */
  detail: string;
}

/** A wait past this many seconds is worth a look. */
export const LONG_WAIT = 10;

/** How a node stands now. */
export function statusOf(
  node: NodeView,
  run: IRunState,
  now: number
): INodeStatus {
  const name = nameOf(node, run);
  return {
    name,
    since: sinceOf(node, name, run),
    long: name === 'waiting' && waitsLong(node, run, now),
    detail: detailOf(node, name)
  };
}

function nameOf(node: NodeView, run: IRunState): StateName {
  switch (node.state) {
    case 'absent':
      return 'not up';
    case 'failed':
    case 'gone':
    case 'stopped':
      return node.state;
    case 'ended':
      return node.result === 'failed' || node.result === 'stopped'
        ? node.result
        : 'finished';
    case 'up':
      break;
  }
  if (leftOutOf(node, run) !== null) {
    return 'left out';
  }
  if (node.activity !== null && ends(node.activity)) {
    return node.activity;
  }
  if (node.wait !== null) {
    return 'waiting';
  }
  return node.activity ?? 'starting';
}

function sinceOf(node: NodeView, name: StateName, run: IRunState): number {
  const last = node.intervals[node.intervals.length - 1];
  switch (name) {
    case 'not up':
      return run.started;
    case 'waiting':
      return waitsSince(node);
    case 'failed':
      return last !== undefined && last[0] === 'failed'
        ? last[3]
        : node.ended || node.since;
    case 'gone':
    case 'stopped':
    case 'finished':
      return node.ended || last?.[3] || node.since;
    case 'left out':
      return leftOutOf(node, run)?.end || last?.[3] || node.since;
    default:
      return last !== undefined && last[4] === 0 ? last[3] : node.since;
  }
}

function detailOf(node: NodeView, name: StateName): string {
  switch (name) {
    case 'gone':
      return causeOf(node);
    case 'failed':
      return failureText(node);
    default:
      return node.detail;
  }
}

/** The last line of a node's error: `ValueError: batch of size 0`. */
export function failureText(node: NodeView): string {
  const failure = node.failure;
  if (failure === null) {
    return node.cause;
  }
  return errorLine(failure.type, failure.message ?? '');
}

/** What it did when it failed or was lost; null: not known. */
export function lastActivity(node: NodeView): Activity | null {
  for (let index = node.intervals.length - 1; index >= 0; index--) {
    const activity = node.intervals[index]?.[0];
    if (activity !== undefined && !ends(activity)) {
      return activity;
    }
  }
  return null;
}

/** The latest round, when it went on without this node, which is still there and has not got further. */
export function leftOutOf(node: NodeView, run: IRunState): RoundView | null {
  const round = currentRound(run);
  if (round === null || node.round > round.round) {
    return null;
  }
  return leftOutIn(round).has(node.node) ? round : null;
}

const leftOut = new WeakMap<RoundView, ReadonlySet<string>>();

function leftOutIn(round: RoundView): ReadonlySet<string> {
  let nodes = leftOut.get(round);
  if (nodes === undefined) {
    nodes = new Set(round.left_out.map(({ node }) => node));
    leftOut.set(round, nodes);
  }
  return nodes;
}

function waitsLong(node: NodeView, run: IRunState, now: number): boolean {
  if (!isWaiting(node) || now - waitsSince(node) < LONG_WAIT || run.ended > 0) {
    return false;
  }
  const awaited = awaitedBy(node, run);
  if (awaited.length === 0) {
    // For anybody: it is the end of the chain when nobody works.
    return !somebodyWorks(run);
  }
  return (
    awaited.some(id => {
      const state = memberOf(run, id)?.state;
      return state !== 'up';
    }) || waitChain(run, now).cycle.includes(node.node)
  );
}

const works = new WeakMap<IRunState, boolean>();

function somebodyWorks(run: IRunState): boolean {
  let found = works.get(run);
  if (found === undefined) {
    found = run.members.some(other => isWorking(other));
    works.set(run, found);
  }
  return found;
}

/** Whether the node computes or moves data, so that something will come of it. */
export function isWorking(node: NodeView): boolean {
  return (
    node.state === 'up' &&
    !isWaiting(node) &&
    !ends(node.activity ?? 'starting')
  );
}

/** Why a node is gone, as the hub says it; of a kernel it says so. */
export function causeOf({ cause, kernel, notebook }: NodeView): string {
  const isKernel = kernel !== '' || notebook !== '';
  return cause === 'its process ended' && isKernel
    ? 'its kernel stopped'
    : cause;
}
