import { describe, expect, it } from 'vitest';
import { connectionSentence, runSentence } from '../../src/model/sentence';
import type { IConnection } from '../../src/tokens';
import { absent, attempt, failed, node, round, run, waiting } from './runs';

const rounds = { attempts: [attempt({ rounds: [round(3, 140)] })] };

describe('runSentence', () => {
  it('says who trains and who waits for it', () => {
    const state = run(
      [
        waiting('agg', ['b', 'c'], 'update of round 3', 140, {
          role: 'aggregator'
        }),
        node('b'),
        node('c')
      ],
      rounds
    );
    const sentence = runSentence(state, 145);
    expect(sentence).toMatchObject({
      tone: 'plain',
      icon: 'training',
      action: null
    });
    expect(sentence.clauses).toEqual([
      { kind: 'training', round: 3, of: 5, nodes: ['b', 'c'], waiter: 'agg' }
    ]);
  });

  it('follows the chain to a node that was never started', () => {
    const state = run([
      waiting('b', ['agg'], 'sync_state of round 1', 100),
      waiting('agg', ['c'], 'checkin', 100, { role: 'aggregator' }),
      absent('c')
    ]);
    const sentence = runSentence(state, 112);
    expect(sentence.tone).toBe('warning');
    expect(sentence.action).toEqual({ kind: 'how to start', node: 'c' });
    expect(sentence.clauses).toMatchObject([
      {
        kind: 'waits',
        node: 'agg',
        whom: ['c'],
        awaited: { kind: 'checkin' },
        since: 100
      },
      { kind: 'never started', nodes: ['c'] }
    ]);
  });

  it('is calm about it at first', () => {
    const state = run([waiting('agg', ['c'], 'checkin', 100), absent('c')]);
    expect(runSentence(state, 105)).toMatchObject({
      tone: 'plain',
      action: null
    });
  });

  it('names a node that is gone and who waits for it', () => {
    const state = run([
      waiting('agg', ['b'], 'sync_state_response of round 2', 140, {
        role: 'aggregator'
      }),
      node('b', { state: 'gone', cause: 'its process ended', ended: 141 })
    ]);
    expect(runSentence(state, 145)).toMatchObject({
      tone: 'error',
      clauses: [
        {
          kind: 'waits',
          node: 'agg',
          whom: ['b'],
          awaited: { kind: 'answer', round: 2 }
        },
        { kind: 'gone', nodes: ['b'], cause: 'its process ended', since: null }
      ]
    });
  });

  it('says that nodes wait for each other', () => {
    const state = run([
      waiting('a', ['b'], 'm', 100),
      waiting('b', ['a'], 'm', 104)
    ]);
    expect(runSentence(state, 120).clauses).toEqual([
      { kind: 'cycle', nodes: ['a', 'b'], since: 104 }
    ]);
  });

  it('puts one failure before everything', () => {
    const state = run(
      [node('a'), failed('b', 'RuntimeError', 'shapes')],
      rounds
    );
    expect(runSentence(state, 150)).toMatchObject({
      tone: 'error',
      clauses: [
        {
          kind: 'failed',
          node: 'b',
          round: 1,
          activity: 'training',
          error: 'RuntimeError: shapes'
        }
      ],
      action: { kind: 'open cell', node: 'b', seq: 50 }
    });
  });

  it('sums up the same failure of many', () => {
    const many = Array.from({ length: 1000 }, (_, i) =>
      i % 400 === 7
        ? failed(`n${i}`, 'ValueError', 'batch of size 0')
        : node(`n${i}`)
    );
    expect(runSentence(run(many, rounds), 150)).toMatchObject({
      clauses: [
        {
          kind: 'many failed',
          count: 3,
          total: 1000,
          round: 1,
          error: 'ValueError: batch of size 0',
          same: true
        }
      ],
      action: { kind: 'show traceback' }
    });
  });

  it('says how it ended, and what failed on the way', () => {
    const over = {
      ended: 200,
      attempts: [
        attempt({ end: 190, result: 'finished', rounds: [round(1, 110, 190)] })
      ]
    };
    const done = node('a', { state: 'ended', result: 'finished' });
    expect(runSentence(run([done], over), 300).clauses).toEqual([
      { kind: 'finished', rounds: 1, seconds: 90 }
    ]);
    const kinds = runSentence(
      run([done, failed('b', 'E', 'x')], over),
      300
    ).clauses;
    expect(kinds.map(clause => clause.kind)).toEqual(['failed', 'finished']);
  });

  it('shows the words of a scheduler of the user', () => {
    const state = run([node('a', { activity: 'custom', detail: 'shuffling' })]);
    expect(runSentence(state, 150).clauses).toEqual([
      { kind: 'custom', node: 'a', text: 'shuffling' }
    ]);
  });

  it('is no news when only time goes on or others train', () => {
    const first = run([node('a'), node('b')], rounds);
    const later = run([node('a'), waiting('b', ['a'], 'm', 149)], rounds);
    expect(runSentence(first, 145).kind).toBe(runSentence(later, 150).kind);
  });

  it('is news when another node is in trouble', () => {
    const one = run([failed('a', 'E', 'x'), node('b')]);
    const other = run([node('a'), failed('b', 'E', 'x')]);
    expect(runSentence(one, 150).kind).not.toBe(runSentence(other, 150).kind);
  });
});

describe('connectionSentence', () => {
  const connection: IConnection = {
    state: 'open',
    since: 100,
    retryAt: null,
    message: ''
  };

  it('is silent while it stands', () => {
    expect(connectionSentence(connection, 120)).toBeNull();
    expect(
      connectionSentence({ ...connection, state: 'asleep' }, 120)
    ).toBeNull();
  });

  it('says when the next try is', () => {
    expect(
      connectionSentence({ ...connection, state: 'lost', retryAt: 124 }, 120)
    ).toMatchObject({
      tone: 'warning',
      clauses: [{ kind: 'lost', since: 100, retryIn: 4 }],
      action: { kind: 'retry' }
    });
  });

  it('says what the server said', () => {
    expect(
      connectionSentence(
        { ...connection, state: 'refused', message: 'Forbidden' },
        120
      )
    ).toMatchObject({
      tone: 'error',
      clauses: [{ message: 'Forbidden' }],
      action: { kind: 'reload' }
    });
    expect(
      connectionSentence({ ...connection, state: 'outdated' }, 120)?.action
    ).toEqual({
      kind: 'reload'
    });
  });
});
