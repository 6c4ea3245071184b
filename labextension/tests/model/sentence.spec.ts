import { describe, expect, it } from 'vitest';
import { connectionSentence, runSentence } from '../../src/model/sentence';
import type { IConnection } from '../../src/tokens';
import {
  absent,
  attempt,
  failed,
  node,
  round,
  run,
  waiting,
  JOIN,
  message,
  stream
} from './runs';

const rounds = { attempts: [attempt({ rounds: [round(3, 140)] })] };

describe('runSentence', () => {
  it('says who trains and who waits for it', () => {
    const state = run(
      [
        waiting('agg', ['b', 'c'], stream('update', 3), 140, {
          role: 'aggregator',
          leads: true
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
      waiting('b', ['agg'], message('sync_state', 1), 100),
      waiting('agg', ['c'], JOIN, 100, { role: 'aggregator', leads: true }),
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
        awaited: JOIN,
        since: 100
      },
      { kind: 'never started', nodes: ['c'] }
    ]);
  });

  it('is calm about it at first', () => {
    const state = run([waiting('agg', ['c'], JOIN, 100), absent('c')]);
    expect(runSentence(state, 105)).toMatchObject({
      tone: 'plain',
      action: null
    });
  });

  it('names a node that is gone and who waits for it', () => {
    const state = run([
      waiting('agg', ['b'], message('sync_state_response', 2), 140, {
        role: 'aggregator',
        leads: true
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
          awaited: message('sync_state_response', 2)
        },
        { kind: 'gone', nodes: ['b'], cause: 'its process ended', since: null }
      ]
    });
  });

  it('says that nodes wait for each other', () => {
    const state = run([
      waiting('a', ['b'], message('m'), 100),
      waiting('b', ['a'], message('m'), 104)
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
          nodes: ['b'],
          round: 1,
          activity: 'training',
          error: 'RuntimeError: shapes',
          place: ''
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
          error: 'ValueError: batch of size 0'
        }
      ],
      action: { kind: 'show traceback' }
    });
  });

  it('leads with what failed first, and says of what the rest is a consequence', () => {
    const because = (...because_of: string[]) => ({
      failure: { type: 'TooFewUpdates', message: 'Round 1 has 0', because_of }
    });
    const shape = { failure: { type: 'E', message: 'x', place: 'net.py:28' } };
    const state = run([
      failed('agg', '', '', because('b', 'c')),
      failed('b', '', '', { ...shape, errors: [40, 41] }),
      failed('c', '', '', shape),
      failed('d', 'OSError', 'disk')
    ]);
    expect(runSentence(state, 150)).toMatchObject({
      tone: 'error',
      icon: 'failed',
      clauses: [
        {
          kind: 'failed',
          nodes: ['b', 'c'],
          error: 'E: x',
          place: 'net.py:28'
        },
        { kind: 'others failed', count: 1 },
        { kind: 'consequence', nodes: ['agg'], error: 'TooFewUpdates', of: [] }
      ],
      action: { kind: 'show traceback', node: 'b', seq: 41 }
    });
    const one = run([
      failed('agg', '', '', because('b', 'c')),
      failed('b', 'E', 'x'),
      failed('c', 'OSError', 'disk')
    ]);
    expect(runSentence(one, 150)).toMatchObject({
      clauses: [
        { kind: 'failed', nodes: ['b'] },
        { kind: 'others failed', count: 1 },
        { kind: 'consequence', of: ['b', 'c'] }
      ],
      action: { kind: 'open cell', node: 'b' }
    });
  });

  it('leads with a node that is gone where that is why another one failed', () => {
    const [lost, aggregator] = [
      node('b', { state: 'gone', cause: 'its process ended', kernel: 'k' }),
      failed('agg', 'TooFewUpdates', '')
    ];
    const told = { at: 120, count: 1, message: '', place: '' };
    const failures = [
      { ...told, nodes: ['b'], gone: true, type: '', because_of: [] },
      { ...told, nodes: ['agg'], gone: false, type: 'E', because_of: ['b'] }
    ];
    const sentence = runSentence(run([lost, aggregator], { failures }), 150);
    expect(sentence).toMatchObject({
      icon: 'gone',
      clauses: [
        { kind: 'gone', nodes: ['b'], cause: 'its kernel stopped' },
        { kind: 'consequence', nodes: ['agg'], error: 'E' }
      ],
      // What is gone has no traceback.
      action: { kind: 'open cell', node: 'agg' }
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
    const later = run(
      [node('a'), waiting('b', ['a'], message('m'), 149)],
      rounds
    );
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
