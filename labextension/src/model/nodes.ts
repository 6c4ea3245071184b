/** In which state a node is, in the words that all views share. Pure. */

import type { Activity, NodeView, RoundView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { isDone } from './work';
import { awaitedBy, isWaiting, memberOf, waitChain, waitsSince } from './waits';

export type StateName =
  | 'not up'
  | 'starting'
  | 'waiting'
  | 'receiving'
  | 'sending'
  | 'training'
  | 'aggregating'
  | 'testing'
  | 'finished'
  | 'failed'
  | 'left out'
  | 'stopped'
  | 'gone'
  | 'custom';

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

/** Problems first. */
export const STATE_ORDER: readonly StateName[] = [
  'failed',
  'gone',
  'not up',
  'left out',
  'training',
  'receiving',
  'sending',
  'aggregating',
  'testing',
  'custom',
  'starting',
  'waiting',
  'finished',
  'stopped'
];

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
  if (
    node.activity === 'finished' ||
    node.activity === 'failed' ||
    node.activity === 'stopped'
  ) {
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
      return node.cause;
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
  const message = failure.message ?? '';
  if (message === '' || message === failure.type) {
    return failure.type;
  }
  return message.startsWith(`${failure.type}:`)
    ? message
    : `${failure.type}: ${message}`;
}

/** What it did when it failed or was lost; null: not known. */
export function lastActivity(node: NodeView): Activity | null {
  for (let index = node.intervals.length - 1; index >= 0; index--) {
    const activity = node.intervals[index]?.[0];
    if (activity !== undefined && !ENDS.has(activity)) {
      return activity;
    }
  }
  return null;
}

const ENDS: ReadonlySet<Activity> = new Set(['failed', 'finished', 'stopped']);

/** The round that goes on, or the last one, of the latest attempt. */
export function currentRound(run: IRunState): RoundView | null {
  const rounds = run.attempts[run.attempts.length - 1]?.rounds;
  return rounds?.[rounds.length - 1] ?? null;
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
    !ENDS.has(node.activity ?? 'starting')
  );
}

/** Failed, gone, not up, waiting long, left out, working, waiting, finished, stopped. */
export function rankOf(status: INodeStatus): number {
  switch (status.name) {
    case 'failed':
      return 0;
    case 'gone':
      return 1;
    case 'not up':
      return 2;
    case 'waiting':
      return status.long ? 3 : 6;
    case 'left out':
      return 4;
    case 'finished':
      return 7;
    case 'stopped':
      return 8;
    default:
      return 5;
  }
}

/** The members with the problems on top; among equals their own order. */
export function problemsFirst(
  members: readonly NodeView[],
  run: IRunState,
  now: number
): NodeView[] {
  return members
    .map((member, place) => ({
      member,
      place,
      rank: rankOf(statusOf(member, run, now))
    }))
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({ member }) => member);
}

export interface ISlow {
  /** The median time of this round's training. */
  median: number;
  /** Who trains for over twice that, with how long. */
  nodes: Map<string, number>;
}

/** Who trains for over twice the median of the others in this round; with fewer than three nodes nobody is slow. */
export function slowNodes(run: IRunState, now: number): ISlow {
  const going = new Map<string, number>();
  const times: number[] = [];
  const round = currentRound(run)?.round ?? 0;
  for (const member of run.members) {
    if (member.state !== 'up' && member.state !== 'ended') {
      // What broke off is no measure.
      continue;
    }
    let own = 0;
    for (let index = member.intervals.length - 1; index >= 0; index--) {
      const interval = member.intervals[index];
      if (interval === undefined || interval[2] < round) {
        break;
      }
      if (interval[0] === 'training') {
        own += (interval[4] || now) - interval[3];
        if (interval[4] === 0 && member.state === 'up') {
          going.set(member.node, own);
        }
      }
    }
    if (own > 0) {
      times.push(own);
    }
  }
  const median = medianOf(times);
  const slow = new Map<string, number>();
  if (times.length >= 3) {
    for (const [node, time] of going) {
      if (time > 2 * median && time > 1) {
        slow.set(node, time);
      }
    }
  }
  return { median, nodes: slow };
}

/** The median time that one node took for an activity in earlier rounds; null: there is none. */
export function usually(node: NodeView, activity: Activity): number | null {
  const { intervals, round } = node;
  const times: number[] = [];
  intervals.forEach((interval, place) => {
    // Where no rounds are known, each time before counts.
    const earlier = round === 0 || interval[2] !== round;
    if (interval[0] === activity && earlier && isDone(intervals, place)) {
      times.push(interval[4] - interval[3]);
    }
  });
  return times.length > 0 ? medianOf(times) : null;
}

/** The median; of none 0. */
export function medianOf(values: readonly number[]): number {
  if (values.length === 0) {
    return 0;
  }
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1
    ? upper
    : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
