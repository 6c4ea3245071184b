/** What a status line says of all tasks. Pure. */

import type { MemberGlance, TaskGlance } from '../hub/protocol';

/** Seconds: a shorter wait is nothing to speak of. */
const LONG_WAIT = 10;

const STILL = new Set([
  'absent',
  'gone',
  'failed',
  'stopped',
  'ended',
  'finished'
]);

export interface IStatusSummary {
  /** Nodes that failed or are gone. */
  failed: number;
  /** Somebody has not looked at an error yet. */
  unseen: boolean;
  /** Nodes that wait, in the end, for one that does nothing. */
  waits: { count: number; task: string; node: string } | null;
  running: number;
}

/** Live tasks, and ended ones with errors that nobody has looked at. */
export function summarise(
  tasks: Iterable<TaskGlance>,
  unseenErrors: (task: string) => readonly number[],
  now: number
): IStatusSummary {
  const summary: IStatusSummary = {
    failed: 0,
    unseen: false,
    waits: null,
    running: 0
  };
  for (const task of tasks) {
    const unseen = unseenErrors(task.task).length > 0;
    const failed = failedNodes(task);
    if (failed > 0 && (task.live || unseen)) {
      summary.failed += failed;
      summary.unseen ||= unseen;
    }
    if (task.live) {
      const waits = stuckWaits(task, now);
      summary.waits ??= waits;
      summary.running += Math.max(0, runningNodes(task) - (waits?.count ?? 0));
    }
  }
  return summary;
}

export function failedNodes(task: TaskGlance): number {
  return (task.states['failed'] ?? 0) + (task.states['gone'] ?? 0);
}

function runningNodes(task: TaskGlance): number {
  return Object.entries(task.states)
    .filter(([state]) => !STILL.has(state))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Those that have waited for long for a node that was never up, has stopped, or waits for them in turn. */
function stuckWaits(
  task: TaskGlance,
  now: number
): { count: number; task: string; node: string } | null {
  const members = new Map(task.members.map(member => [member[0], member]));
  const counts = new Map<string, number>();
  for (const member of task.members) {
    const since = member[5];
    const end = waitsFor(member, members);
    if (end !== null && now - since > LONG_WAIT) {
      counts.set(end, (counts.get(end) ?? 0) + 1);
    }
  }
  let most: { count: number; task: string; node: string } | null = null;
  for (const [node, count] of counts) {
    if (most === null || count > most.count) {
      most = { count, task: task.task, node };
    }
  }
  return most;
}

/** The node at the end of the chain, if it will not move by itself and nothing else tells of it. */
function waitsFor(
  member: MemberGlance,
  members: ReadonlyMap<string, MemberGlance>
): string | null {
  const passed = new Set<string>();
  let current = member;
  while (isWaiting(current)) {
    passed.add(current[0]);
    const next: MemberGlance | undefined = current[6]
      .map(node => members.get(node))
      .find(other => other !== undefined && !isWorking(other));
    if (next === undefined) {
      return null;
    }
    if (passed.has(next[0])) {
      return next[0];
    }
    current = next;
  }
  // Who waits for a node that failed is told by the failure.
  const told = current[2] === 'failed' || current[2] === 'gone';
  return current === member || told ? null : current[0];
}

/** When the next wait becomes a long one, though nobody reports anything; null: none is going on that will. */
export function nextLongWait(
  tasks: Iterable<TaskGlance>,
  now: number
): number | null {
  let next: number | null = null;
  for (const task of tasks) {
    for (const member of task.live ? task.members : []) {
      const due = member[5] + LONG_WAIT;
      if (isWaiting(member) && due >= now && (next === null || due < next)) {
        next = due;
      }
    }
  }
  return next;
}

function isWaiting(member: MemberGlance): boolean {
  return member[2] === 'up' && member[7];
}

function isWorking(member: MemberGlance): boolean {
  return member[2] === 'up' && !member[7] && member[4] !== 'finished';
}

/** Where an error is to be looked at first: one that nobody has seen, of a task that is going on, of the latest. */
export function firstProblem(
  tasks: readonly TaskGlance[],
  unseenErrors: (task: string) => readonly number[]
): { task: string; seq: number } | null {
  const ranked = [...tasks].sort(
    (a, b) =>
      Number(unseenErrors(b.task).length > 0) -
        Number(unseenErrors(a.task).length > 0) ||
      Number(b.live) - Number(a.live) ||
      b.started - a.started
  );
  for (const task of ranked) {
    const seq = errorOf(task, unseenErrors(task.task));
    if (seq !== null) {
      return { task: task.task, seq };
    }
  }
  return null;
}

function errorOf(task: TaskGlance, unseen: readonly number[]): number | null {
  const problem = task.problem?.seq ?? 0;
  if (problem > 0 && (unseen.length === 0 || unseen.includes(problem))) {
    return problem;
  }
  return unseen[0] ?? task.errors[task.errors.length - 1] ?? null;
}
