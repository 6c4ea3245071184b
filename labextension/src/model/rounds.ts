/** The rounds of the latest attempt of a run, and what each came to. Pure. */

import type { AttemptView, LeftOut } from '../hub/protocol';
import type { IRunState } from '../tokens';
import { attemptEnd, latestAttempt } from './attempts';
import { addTo } from './grouping';
import { slowestOf, type IMemberRound, type ISlowest } from './slowest';
import { workOf } from './work';

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
    const took = takers(work, view.left_out, attempt.leader);
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
      slowest: going ? null : slowestOf(work, attempt.leader),
      bytes: view.bytes
    };
  });
}

function workByRound(
  run: IRunState,
  attempt: AttemptView,
  now: number
): Map<number, IMemberRound[]> {
  const result = new Map<number, IMemberRound[]>();
  for (const member of run.members) {
    for (const [round, work] of workOf(member, attempt.begin, now)) {
      addTo(result, round, { node: member.node, work });
    }
  }
  return result;
}

/** Who takes part in a round, and whose update came, by what the nodes say they do. */
function takers(
  work: readonly IMemberRound[],
  leftOut: readonly LeftOut[],
  leader: string
): {
  expected: number;
  /** 1: the leader trains as well. */
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
    // A leader gives an update of its own when it trains.
    if (node === leader ? item.training === 0 : !item.active) {
      continue;
    }
    part.add(node);
    if (missing.has(node)) {
      continue;
    }
    present += 1;
    if (node === leader) {
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
