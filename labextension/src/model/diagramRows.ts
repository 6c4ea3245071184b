/** The rows of the sequence diagram that are no messages: rounds, idle time, lost nodes, and waits that go on. Pure. */

import type { AttemptView, NodeView } from '../hub/protocol';
import type { IAwaited } from './waits';

/** Where a round, or another attempt, begins. */
export interface IRoundRow {
  kind: 'round';
  seq: number;
  at: number;
  /** 0: the attempt itself begins. */
  round: number;
  /** From 1; 0: there is only one. */
  attempt: number;
}

/** Time in which nothing was sent. */
export interface IIdleRow {
  kind: 'idle';
  from: number;
  /** 0: it goes on. */
  to: number;
  /** Too short to be named. */
  short: boolean;
}

/** Where a node was lost, or left. */
export interface IPresenceRow {
  kind: 'presence';
  at: number;
  member: NodeView;
}

/** What a node waits for now, of somebody who does not answer: as an arrow at the node that must act. */
export interface IWaitRow {
  kind: 'wait';
  /** Since when. */
  at: number;
  node: string;
  whom: readonly string[];
  awaited: IAwaited;
}

/** The rows of rounds. Of several attempts each has a row of its own. */
export function roundRows(attempts: readonly AttemptView[]): IRoundRow[] {
  const rows: IRoundRow[] = [];
  attempts.forEach((attempt, place) => {
    const number = attempts.length > 1 ? place + 1 : 0;
    if (number > 0) {
      rows.push({
        kind: 'round',
        seq: attempt.seq,
        at: attempt.begin,
        round: 0,
        attempt: number
      });
    }
    for (const { round, seq, begin } of attempt.rounds) {
      rows.push({ kind: 'round', seq, at: begin, round, attempt: number });
    }
  });
  return rows.sort((a, b) => a.seq - b.seq);
}

/** The rows of nodes that were lost, failed or stopped. */
export function presenceRows(members: readonly NodeView[]): IPresenceRow[] {
  return members
    .filter(
      ({ state }) =>
        state === 'gone' || state === 'failed' || state === 'stopped'
    )
    .map((member): IPresenceRow => ({
      kind: 'presence',
      at: lostAt(member),
      member
    }))
    .filter(({ at }) => at > 0)
    .sort((a, b) => a.at - b.at);
}

/** The waits that go on for nodes which are not up, gone or failed. */
export function waitRows(members: readonly NodeView[]): IWaitRow[] {
  const missing = new Set(
    members
      .filter(
        ({ state }) =>
          state === 'absent' || state === 'gone' || state === 'failed'
      )
      .map(({ node }) => node)
  );
  return members.flatMap((member): IWaitRow[] => {
    const { node, state, wait } = member;
    if (state !== 'up' || wait === null) {
      return [];
    }
    const arrived = new Set(wait.arrived);
    const whom = wait.whom.filter(
      other => missing.has(other) && !arrived.has(other)
    );
    return whom.length > 0
      ? [{ kind: 'wait', at: wait.since, node, whom, awaited: wait }]
      : [];
  });
}

/** When a node was lost, failed or stopped; Infinity: it was not. */
export function lostAt(member: NodeView): number {
  const { state, ended, intervals } = member;
  if (state !== 'gone' && state !== 'failed' && state !== 'stopped') {
    return Infinity;
  }
  const last = intervals[intervals.length - 1];
  return state !== 'gone' && last?.[0] === state ? last[3] : ended;
}
