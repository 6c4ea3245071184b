/** The one sentence that says what a task does, who waits for whom, or what broke. Pure; `SentenceBar` puts it into words. */

import type { Activity, NodeView } from '../hub/protocol';
import type { IConnection, IRunState } from '../tokens';
import type { IAwaited } from './awaits';
import { awaitedOf } from './awaits';
import type { StateName } from './nodes';
import {
  LONG_WAIT,
  currentRound,
  failureText,
  lastActivity,
  slowNodes,
  statusOf
} from './nodes';
import { awaitedBy, isWaiting, memberOf, waitChain, waitsSince } from './waits';

export type Tone = 'plain' | 'warning' | 'error';

export type SentenceIcon = StateName | 'plug' | 'refused';

/** One full sentence each. */
export type Clause =
  | { kind: 'connecting' }
  | { kind: 'lost'; since: number; retryIn: number | null }
  | { kind: 'refused'; message: string }
  | { kind: 'outdated' }
  | {
      kind: 'failed';
      node: string;
      round: number;
      activity: Activity | null;
      error: string;
    }
  | {
      kind: 'many failed';
      count: number;
      total: number;
      /** 0: not all in one. */
      round: number;
      error: string;
      same: boolean;
    }
  | { kind: 'slow'; count: number }
  | { kind: 'gone'; nodes: string[]; cause: string; since: number | null }
  | { kind: 'never started'; nodes: string[] }
  | { kind: 'cycle'; nodes: string[]; since: number }
  | {
      kind: 'waits';
      node: string;
      whom: string[];
      awaited: IAwaited;
      since: number;
    }
  | { kind: 'updates'; node: string; count: number }
  | {
      kind: 'training';
      round: number;
      of: number;
      nodes: string[];
      waiter: string | null;
    }
  | {
      kind: 'busy';
      round: number;
      of: number;
      nodes: string[];
      activity: Activity;
    }
  | { kind: 'custom'; node: string; text: string }
  | { kind: 'starting'; up: number; total: number }
  | { kind: 'quiet'; round: number; of: number; nodes: number }
  | { kind: 'finished'; rounds: number; seconds: number }
  | { kind: 'stopped'; round: number; of: number; node: string | null }
  | { kind: 'ended'; seconds: number };

export type SentenceAction =
  | { kind: 'open cell'; node: string; seq: number }
  | { kind: 'show traceback'; node: string; seq: number }
  | { kind: 'how to start'; node: string }
  | { kind: 'retry' }
  | { kind: 'reload' };

export interface ISentence {
  /** Changes when there is something new to tell a listener. */
  kind: string;
  tone: Tone;
  icon: SentenceIcon;
  clauses: Clause[];
  action: SentenceAction | null;
}

/** The sentence about the connection, when that is what matters most; null: it stands. */
export function connectionSentence(
  connection: IConnection,
  now: number
): ISentence | null {
  switch (connection.state) {
    case 'lost': {
      const { retryAt, since } = connection;
      const retryIn = retryAt === null ? null : Math.max(0, retryAt - now);
      return made('warning', 'plug', [{ kind: 'lost', since, retryIn }], {
        kind: 'retry'
      });
    }
    case 'refused':
      return made('error', 'refused', [
        { kind: 'refused', message: connection.message }
      ]);
    case 'outdated':
      return made('warning', 'plug', [{ kind: 'outdated' }], {
        kind: 'reload'
      });
    default:
      return null;
  }
}

/** The sentence about a run; null: it is not known yet. */
export function runSentence(run: IRunState | null, now: number): ISentence {
  if (run === null) {
    return made('plain', 'starting', [{ kind: 'connecting' }]);
  }
  return (
    failure(run, now) ?? end(run) ?? trouble(run, now) ?? progress(run, now)
  );
}

function made(
  tone: Tone,
  icon: SentenceIcon,
  clauses: Clause[],
  action: SentenceAction | null = null
): ISentence {
  return { kind: kindOf(tone, clauses), tone, icon, clauses, action };
}

/** What of it is news: kinds, nodes and errors, not ages and counts. */
function kindOf(tone: Tone, clauses: readonly Clause[]): string {
  const news = clauses.map(clause => {
    const nodes =
      'nodes' in clause && Array.isArray(clause.nodes) ? clause.nodes : [];
    const node = 'node' in clause ? (clause.node ?? '') : '';
    // Who trains changes all the time, who is in trouble does not.
    return tone === 'plain'
      ? clause.kind
      : [clause.kind, node, ...nodes.slice(0, 4)].join(' ');
  });
  return `${tone}: ${news.join(', ')}`;
}

// -- failures --------------------------------------------------------------------------------------------------------

function failure(run: IRunState, now: number): ISentence | null {
  const failed = run.members.filter(
    member => statusOf(member, run, now).name === 'failed'
  );
  const first = failed[0];
  if (first === undefined) {
    return null;
  }
  const after = run.ended > 0 ? endClauses(run) : [];
  const seq = first.errors[first.errors.length - 1] ?? 0;
  if (failed.length === 1) {
    const clause: Clause = {
      kind: 'failed',
      node: first.node,
      round: first.round,
      activity: lastActivity(first),
      error: failureText(first)
    };
    const more = run.members.length > 12 ? around(run, now) : [];
    return made('error', 'failed', [clause, ...more, ...after], {
      kind: 'open cell',
      node: first.node,
      seq
    });
  }
  const error = failureText(first);
  const clause: Clause = {
    kind: 'many failed',
    count: failed.length,
    total: run.members.length,
    round: failed.every(member => member.round === first.round)
      ? first.round
      : 0,
    error,
    same: failed.every(member => failureText(member) === error)
  };
  return made('error', 'failed', [clause, ...around(run, now), ...after], {
    kind: 'show traceback',
    node: first.node,
    seq
  });
}

/** What else is worth a word while many nodes work. */
function around(run: IRunState, now: number): Clause[] {
  if (run.ended > 0) {
    return [];
  }
  const clauses: Clause[] = [];
  const slow = slowNodes(run, now).nodes.size;
  if (slow > 0 && run.members.length > 12) {
    clauses.push({ kind: 'slow', count: slow });
  }
  const waiter = updateWaiter(run);
  if (waiter !== null) {
    const count = awaitedBy(waiter, run).length;
    clauses.push({ kind: 'updates', node: waiter.node, count });
  }
  return clauses;
}

// -- the end ---------------------------------------------------------------------------------------------------------

function end(run: IRunState): ISentence | null {
  const clauses = endClauses(run);
  const kind = clauses[0]?.kind;
  if (kind === undefined) {
    return null;
  }
  return made('plain', kind === 'finished' ? 'finished' : 'stopped', clauses);
}

function endClauses(run: IRunState): Clause[] {
  const attempt = run.attempts[run.attempts.length - 1];
  const rounds = attempt?.rounds ?? [];
  const last = rounds[rounds.length - 1]?.round ?? 0;
  // A holder that still says goodbye does not make the task go on.
  if (attempt?.result === 'finished') {
    return [
      {
        kind: 'finished',
        rounds: last,
        seconds: (attempt.end || run.ended) - run.started
      }
    ];
  }
  if (attempt?.result === 'stopped') {
    const node = attempt.aggregator || null;
    return [{ kind: 'stopped', round: last, of: attempt.max_rounds, node }];
  }
  if (run.ended > 0) {
    const stopped = run.members.some(
      member => member.state === 'stopped' || member.result === 'stopped'
    );
    const of = attempt?.max_rounds ?? 0;
    return stopped
      ? [{ kind: 'stopped', round: last, of, node: null }]
      : [{ kind: 'ended', seconds: run.ended - run.started }];
  }
  return [];
}

// -- waits -----------------------------------------------------------------------------------------------------------

function trouble(run: IRunState, now: number): ISentence | null {
  const chain = waitChain(run, now);
  if (chain.cycle.length > 0) {
    const since = Math.max(
      ...chain.cycle.map(id => {
        const member = memberOf(run, id);
        return member === undefined ? 0 : waitsSince(member);
      })
    );
    const clause: Clause = { kind: 'cycle', nodes: chain.cycle, since };
    return made('warning', 'waiting', [clause]);
  }
  const stuck = endWait(run, now);
  if (stuck !== null) {
    return stuck;
  }
  const gone = run.members.filter(member => member.state === 'gone');
  const first = gone[0];
  if (first !== undefined) {
    const clause: Clause = {
      kind: 'gone',
      nodes: gone.map(member => member.node),
      cause: first.cause,
      since: first.ended
    };
    return made('error', 'gone', [clause, ...around(run, now)]);
  }
  const quiet = run.members.find(member => statusOf(member, run, now).long);
  if (quiet !== undefined) {
    return made('warning', 'waiting', [waitOf(quiet, run)]);
  }
  return null;
}

/** Somebody waits for a node that is not there: it, and what is the matter with it. */
function endWait(run: IRunState, now: number): ISentence | null {
  const waiters = run.members
    .filter(isWaiting)
    .map(member => ({
      member,
      lacking: awaitedBy(member, run).filter(
        id => memberOf(run, id)?.state !== 'up'
      )
    }))
    .filter(({ lacking }) => lacking.length > 0)
    // The aggregator speaks for the task.
    .sort(
      (a, b) => Number(isAggregator(b.member)) - Number(isAggregator(a.member))
    );
  const first = waiters[0];
  if (first === undefined) {
    return null;
  }
  const { member, lacking } = first;
  const waits: Clause = { ...waitOf(member, run), whom: lacking };
  const long = now - waitsSince(member) >= LONG_WAIT;
  const gone = lacking.filter(id => memberOf(run, id)?.state === 'gone');
  const lost = memberOf(run, gone[0] ?? '');
  if (lost !== undefined) {
    const clause: Clause = {
      kind: 'gone',
      nodes: gone,
      cause: lost.cause,
      since: null
    };
    return made('error', 'gone', [waits, clause]);
  }
  const absent = lacking.filter(
    id => (memberOf(run, id)?.state ?? 'absent') === 'absent'
  );
  const missing = absent[0];
  if (missing !== undefined) {
    const clauses: Clause[] = [waits, { kind: 'never started', nodes: absent }];
    return long
      ? made('warning', 'waiting', clauses, {
          kind: 'how to start',
          node: missing
        })
      : made('plain', 'waiting', clauses);
  }
  return made(long ? 'warning' : 'plain', 'waiting', [waits]);
}

function waitOf(
  member: NodeView,
  run: IRunState
): Extract<Clause, { kind: 'waits' }> {
  return {
    kind: 'waits',
    node: member.node,
    whom: awaitedBy(member, run),
    awaited: awaitedOf(member.wait?.what ?? ''),
    since: waitsSince(member)
  };
}

function isAggregator(member: NodeView): boolean {
  return member.role === 'aggregator';
}

/** The one that waits for updates of several nodes. */
function updateWaiter(run: IRunState): NodeView | null {
  const waiter = run.members.find(
    member =>
      isWaiting(member) && awaitedOf(member.wait?.what ?? '').kind === 'update'
  );
  return waiter ?? null;
}

// -- progress --------------------------------------------------------------------------------------------------------

/** In the order in which they are worth the sentence. */
const BUSY: readonly Activity[] = [
  'training',
  'aggregating',
  'testing',
  'sending',
  'receiving'
];

function progress(run: IRunState, now: number): ISentence {
  const attempt = run.attempts[run.attempts.length - 1];
  const round = currentRound(run)?.round ?? 0;
  const of = attempt?.max_rounds ?? 0;
  const doing = new Map<StateName, string[]>();
  for (const member of run.members) {
    const { name } = statusOf(member, run, now);
    doing.set(name, [...(doing.get(name) ?? []), member.node]);
  }
  const more =
    run.members.length > 12
      ? around(run, now).filter(clause => clause.kind === 'slow')
      : [];
  for (const activity of BUSY) {
    const nodes = doing.get(activity);
    if (nodes === undefined) {
      continue;
    }
    if (activity === 'training') {
      const waiter = updateWaiter(run)?.node ?? null;
      return made('plain', activity, [
        { kind: 'training', round, of, nodes, waiter },
        ...more
      ]);
    }
    return made('plain', activity, [
      { kind: 'busy', round, of, nodes, activity },
      ...more
    ]);
  }
  return calm(run, doing, round, of);
}

/** Nobody computes. */
function calm(
  run: IRunState,
  doing: ReadonlyMap<StateName, readonly string[]>,
  round: number,
  of: number
): ISentence {
  const custom = memberOf(run, doing.get('custom')?.[0] ?? '');
  if (custom !== undefined) {
    const clause: Clause = {
      kind: 'custom',
      node: custom.node,
      text: custom.detail
    };
    return made('plain', 'custom', [clause]);
  }
  const up = run.members.filter(member => member.state === 'up').length;
  const total = run.members.length;
  if (doing.has('starting')) {
    return made('plain', 'starting', [{ kind: 'starting', up, total }]);
  }
  const waiters = run.members.filter(isWaiting);
  const waiter = waiters.find(isAggregator) ?? waiters[0];
  if (waiter !== undefined) {
    return made('plain', 'waiting', [waitOf(waiter, run)]);
  }
  return made('plain', 'starting', [
    { kind: 'quiet', round, of, nodes: total }
  ]);
}
