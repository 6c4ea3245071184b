import { describe, expect, it } from 'vitest';
import type { MemberGlance, TaskGlance } from '../../src/hub/protocol';
import { firstProblem, summarise } from '../../src/model/glance';
import { newsSince } from '../../src/federation/news';
import { glance } from '../federation/fakes';

function node(
  id: string,
  state: MemberGlance[2],
  whom: string[] | null = null,
  since = 0
): MemberGlance {
  return [id, 0, state, false, null, since, whom ?? [], whom !== null];
}

const seen = () => [];

describe('summarise', () => {
  it('counts what runs', () => {
    expect(summarise([glance('a')], seen, 0)).toEqual({
      failed: 0,
      unseen: false,
      waits: null,
      running: 3
    });
  });

  it('tells of a failure in an ended task until it is seen', () => {
    const task = glance('a', { live: false, states: { failed: 1, ended: 2 } });
    expect(summarise([task], () => [5], 0)).toMatchObject({
      failed: 1,
      unseen: true
    });
    expect(summarise([task], seen, 0)).toMatchObject({ failed: 0, running: 0 });
  });

  it('names the node that everybody waits for in the end', () => {
    const task = glance('a', {
      states: { waiting: 3, absent: 1 },
      members: [
        node('agg', 'up', ['x']),
        node('x', 'absent'),
        node('h', 'up', ['agg']),
        node('young', 'up', ['x'], 95)
      ]
    });
    expect(summarise([task], seen, 100)).toMatchObject({
      waits: { count: 2, node: 'x', task: 'a' },
      running: 1
    });
  });

  it('says nothing of those who wait for a node that works or has failed', () => {
    const working = glance('a', {
      members: [node('agg', 'up', ['x']), node('x', 'up')]
    });
    const failed = glance('b', {
      members: [node('agg', 'up', ['x']), node('x', 'failed')]
    });
    expect(summarise([working, failed], seen, 100).waits).toBeNull();
  });

  it('ends where nodes wait for each other', () => {
    const task = glance('a', {
      members: [node('x', 'up', ['y']), node('y', 'up', ['x'])]
    });
    expect(summarise([task], seen, 100).waits).not.toBeNull();
  });
});

const problem = (seq: number): TaskGlance['problem'] => ({
  seq,
  failures: []
});

describe('firstProblem', () => {
  it('prefers what nobody has seen', () => {
    const tasks = [
      glance('old', { errors: [3], problem: problem(3), live: false }),
      glance('new', { errors: [8, 9], problem: problem(9) })
    ];
    expect(firstProblem(tasks, task => (task === 'old' ? [3] : []))).toEqual({
      task: 'old',
      seq: 3
    });
    expect(firstProblem(tasks, seen)).toEqual({ task: 'new', seq: 9 });
    expect(firstProblem([glance('fine')], seen)).toBeNull();
  });

  it('begins with the first that nobody has seen when the latest is seen', () => {
    const task = glance('a', { errors: [5, 7, 9], problem: problem(5) });
    expect(firstProblem([task], () => [7, 9])).toEqual({ task: 'a', seq: 7 });
  });
});

describe('newsSince', () => {
  const tasks = (...all: TaskGlance[]) =>
    new Map(all.map(task => [task.task, task]));

  it('tells once of nodes that failed and of a task that ended', () => {
    const before = glance('a');
    const failed = glance('a', { states: { failed: 1, training: 1 } });
    const ended = glance('a', { live: false, states: { ended: 3 } });
    expect(newsSince(tasks(before), tasks(failed))).toEqual([
      { kind: 'failed', task: failed, count: 1 }
    ]);
    expect(newsSince(tasks(failed), tasks(failed))).toEqual([]);
    const gone = glance('a', { states: { failed: 1, gone: 1 } });
    expect(newsSince(tasks(failed), tasks(gone))).toEqual([
      { kind: 'gone', task: gone, count: 1 }
    ]);
    expect(newsSince(tasks(before), tasks(ended))).toEqual([
      { kind: 'ended', task: ended, count: 0 }
    ]);
    expect(newsSince(tasks(ended), tasks(glance('a', ended)))).toEqual([]);
  });

  it('takes a later run for a new one', () => {
    const before = glance('a', { live: false, states: { failed: 1 } });
    const after = glance('a', { run: 2, live: false, states: { failed: 1 } });
    expect(newsSince(tasks(before), tasks(after))).toHaveLength(1);
  });
});
