/**
 * Rounds, progress and the slowest node: what the latest attempt of a run comes to. Pure.
 */

import type { AttemptView, LeftOut, NodeView } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { type INodeRound, workOf } from './work';

/** Who took longest in a round. */
export interface ISlowest {
  node: string;
  seconds: number;
}

/** One round of the latest attempt. */
export interface IRound {
  round: number;
  /** The number of the row that began it. */
  seq: number;
  begin: number;
  /** 0: going on. */
  end: number;
  /** Seconds, so far or altogether. */
  duration: number;
  going: boolean;
  /** How many updates came, of how many nodes that take part or were left out. */
  updates: number;
  expected: number;
  leftOut: readonly LeftOut[];
  /** Null: nobody was seen working, or the round goes on. */
  slowest: ISlowest | null;
  /** Of data streams that were taken while it went on. */
  bytes: number;
}

/** How far the latest attempt is. */
export interface IProgress {
  attempt: AttemptView;
  going: boolean;
  /** Seconds since it began, or that it took. */
  elapsed: number;
  /** The round it is in, or was last; 0: none yet. */
  round: number;
  /** 0: not known. */
  maxRounds: number;
  /** Rounds that are behind it, those of an earlier attempt that it recovered included. */
  finished: number;
  /** How much of the present round is behind it, 0 to 1, by the rounds before; 0: not known. */
  part: number;
  /** Of finished rounds, seconds. */
  median: number | null;
  /** Seconds; null: nobody can say. */
  remaining: number | null;
}

/** The slowest node of the attempt. */
export interface ISlowNode {
  node: string;
  /** Its median over the finished rounds. */
  seconds: number;
  /** By how much that is above the median of the others; null: there are none. */
  surplus: number | null;
}

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined
    ? null
    : (lower + upper) / 2;
}

export function latestAttempt(run: IRunState): AttemptView | null {
  return run.attempts[run.attempts.length - 1] ?? null;
}

/** When the attempt ended, also if its aggregator could not say so any more; 0: it goes on. */
export function attemptEnd(run: IRunState, attempt: AttemptView): number {
  if (attempt.end > 0) {
    return attempt.end;
  }
  const aggregator = run.members.find(
    member => member.node === attempt.aggregator
  );
  if (aggregator !== undefined && aggregator.state !== 'up') {
    return aggregator.ended || run.ended || failedAt(aggregator);
  }
  return run.ended;
}

/** The rounds of the latest attempt, the oldest first. */
export function roundsOf(run: IRunState, now: number): IRound[] {
  const attempt = latestAttempt(run);
  if (attempt === null) {
    return [];
  }
  const end = attemptEnd(run, attempt);
  const byRound = workByRound(run, attempt, now);
  const broken = end > 0 && attempt.result !== 'finished';
  return attempt.rounds.map((view, place) => {
    const last = place === attempt.rounds.length - 1;
    const roundEnd = view.end || end;
    const going = roundEnd === 0;
    const work = byRound.get(view.round) ?? [];
    const took = takers(work, view.left_out, attempt.aggregator);
    // Where streams were taken the hub has counted whose; else it is what the nodes say they did.
    const streams = view.streams > 0;
    const expected = Math.max(took.expected, view.expected + took.trains);
    const arrived = streams
      ? view.updates + took.own
      : took.updates(going || (last && broken));
    return {
      round: view.round,
      seq: view.seq,
      begin: view.begin,
      end: roundEnd,
      duration: Math.max(0, (going ? now : roundEnd) - view.begin),
      going,
      updates: arrived,
      expected,
      leftOut: view.left_out,
      slowest: going ? null : slowestOf(work, attempt.aggregator),
      bytes: view.bytes
    };
  });
}

export function progressOf(run: IRunState, now: number): IProgress | null {
  const attempt = latestAttempt(run);
  if (attempt === null) {
    return null;
  }
  const end = attemptEnd(run, attempt);
  const going = end === 0;
  const last = attempt.rounds[attempt.rounds.length - 1];
  const closed = attempt.rounds.filter(round => round.end > 0);
  // The last round of a scheduler that failed was closed by its end, yet is not behind it.
  const broken = !going && attempt.result !== 'finished';
  const done = broken ? closed.filter(round => round !== last) : closed;
  const usual = median(done.map(round => round.end - round.begin));
  const current = going && last !== undefined && last.end === 0 ? last : null;
  const finished =
    last === undefined ? 0 : current || broken ? last.round - 1 : last.round;
  const spent = current === null ? 0 : Math.max(0, now - current.begin);
  const part =
    current === null || usual === null || usual <= 0
      ? 0
      : Math.min(0.98, spent / usual);
  const rest = attempt.max_rounds - finished;
  const left =
    usual === null ? 0 : usual * (rest - 1) + Math.max(0, usual - spent);
  // A last round that takes longer than usual has no estimate any more.
  const remaining =
    going && attempt.max_rounds > 0 && rest > 0 && left > 0 ? left : null;
  return {
    attempt,
    going,
    elapsed: Math.max(0, (going ? now : end) - attempt.begin),
    round: last?.round ?? 0,
    maxRounds: attempt.max_rounds,
    finished,
    part,
    median: usual,
    remaining
  };
}

/** The node whose work usually takes longest. */
export function slowNode(run: IRunState, now: number): ISlowNode | null {
  const attempt = latestAttempt(run);
  if (attempt === null) {
    return null;
  }
  const usual = usualWork(run, attempt, now);
  const [first] = usual;
  if (first === undefined) {
    return null;
  }
  const others = median(usual.slice(1).map(item => item.seconds));
  return {
    node: first.node,
    seconds: first.seconds,
    surplus: others === null ? null : first.seconds - others
  };
}

/** How long each participant usually works in a round, the slowest first; those never seen at work are not in it. */
export function usualWork(
  run: IRunState,
  attempt: AttemptView,
  now: number
): ISlowest[] {
  const open = openRound(run, attempt);
  const left = new Set(
    attempt.rounds.flatMap(({ round, left_out }) =>
      left_out.map(({ node }) => `${round} ${node}`)
    )
  );
  const result: ISlowest[] = [];
  for (const member of run.members) {
    const conducts =
      member.node === attempt.aggregator && run.members.length > 1;
    const times: number[] = [];
    for (const [round, work] of workOf(member, attempt.begin, now)) {
      const seconds = secondsOf(work, conducts);
      const counts = round !== open && round > 0 && seconds > 0;
      // Who was left out may have worked for a moment only.
      if (counts && !left.has(`${round} ${member.node}`)) {
        times.push(seconds);
      }
    }
    const seconds = median(times);
    if (seconds !== null) {
      result.push({ node: member.node, seconds });
    }
  }
  return result.sort((a, b) => b.seconds - a.seconds);
}

function openRound(run: IRunState, attempt: AttemptView): number {
  const last = attempt.rounds[attempt.rounds.length - 1];
  return last !== undefined && last.end === 0 && attemptEnd(run, attempt) === 0
    ? last.round
    : -1;
}

interface IMemberRound {
  node: string;
  work: INodeRound;
}

function workByRound(
  run: IRunState,
  attempt: AttemptView,
  now: number
): Map<number, IMemberRound[]> {
  const result = new Map<number, IMemberRound[]>();
  for (const member of run.members) {
    for (const [round, work] of workOf(member, attempt.begin, now)) {
      const list = result.get(round);
      if (list === undefined) {
        result.set(round, [{ node: member.node, work }]);
      } else {
        list.push({ node: member.node, work });
      }
    }
  }
  return result;
}

/** Who takes part in a round, and whose update came, by what the nodes say they do. */
function takers(
  work: readonly IMemberRound[],
  leftOut: readonly LeftOut[],
  aggregator: string
): {
  expected: number;
  /** 1: the aggregator trains as well. */
  trains: number;
  /** 1: and has an update of its own. */
  own: number;
  /** `open`: the round is not, or was not, brought to its end. */
  updates(open: boolean): number;
} {
  const missing = new Set(leftOut.map(item => item.node));
  const part = new Set(missing);
  let own = 0;
  let trains = 0;
  let sent = 0;
  let present = 0;
  for (const { node, work: item } of work) {
    // An aggregator gives an update of its own when it trains.
    if (node === aggregator ? item.training === 0 : !item.active) {
      continue;
    }
    part.add(node);
    if (missing.has(node)) {
      continue;
    }
    present += 1;
    if (node === aggregator) {
      trains = 1;
      own = item.trained ? 1 : 0;
    } else if (item.sent) {
      sent += 1;
    }
  }
  return {
    expected: part.size,
    trains,
    own,
    updates: open => (open ? sent + own : present)
  };
}

function slowestOf(
  work: readonly IMemberRound[],
  aggregator: string
): ISlowest | null {
  let best: ISlowest | null = null;
  for (const { node, work: item } of work) {
    const seconds = secondsOf(item, node === aggregator && work.length > 1);
    if (seconds > 0 && (best === null || seconds > best.seconds)) {
      best = { node, seconds };
    }
  }
  return best;
}

/** How long a node worked in a round. An aggregator among others conducts: of it only training counts. */
function secondsOf(work: INodeRound, conducts: boolean): number {
  return conducts ? work.training : work.work;
}

function failedAt(member: NodeView): number {
  const last = member.intervals[member.intervals.length - 1];
  return last !== undefined && (last[0] === 'failed' || last[0] === 'stopped')
    ? last[3]
    : 0;
}
