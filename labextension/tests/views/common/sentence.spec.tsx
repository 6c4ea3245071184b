import { act, cleanup, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connectionSentence, runSentence } from '../../../src/model/sentence';
import type { IRunState } from '../../../src/tokens';
import { namesOf } from '../../../src/views/common/hooks';
import { Phrase } from '../../../src/views/common/Phrase';
import { SentenceBar } from '../../../src/views/common/SentenceBar';
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
} from '../../model/runs';
import { trans } from '../fixtures';

afterEach(cleanup);

function show(state: IRunState, now: number, onAction = () => {}) {
  return (
    <SentenceBar
      sentence={runSentence(state, now)}
      names={namesOf(state)}
      now={now}
      trans={trans}
      onAction={onAction}
    />
  );
}

function textOf(state: IRunState, now: number): string | null | undefined {
  const { container } = render(show(state, now));
  return container.querySelector('.jp-alphamed-Sentence-text')?.textContent;
}

describe('keepPlaces', () => {
  it('leaves what has no value', () => {
    expect(trans.__('%1 waits for %2')).toBe('%1 waits for %2');
    expect(trans.__('%1 of %2', 3)).toBe('3 of %2');
    expect(trans._n('%2 has %1', '%2 have %1', 2)).toBe('%2 have 2');
  });
});

describe('Phrase', () => {
  it('takes parts as text, whatever they hold', () => {
    const { container } = render(
      <Phrase text="a %2 b %1" parts={['<b>x</b>', '%1']} />
    );
    expect(container.textContent).toBe('a %1 b <b>x</b>');
    expect(container.querySelector('b')).toBeNull();
  });
});

describe('SentenceBar', () => {
  const rounds = { attempts: [attempt({ rounds: [round(3, 140)] })] };

  it.each([
    [
      'Round 3 of 5: b and c are training; agg waits for their updates.',
      run(
        [
          waiting('agg', ['b', 'c'], stream('update', 3), 140),
          node('b'),
          node('c')
        ],
        rounds
      )
    ],
    [
      'agg waits for c to check in, 12 s. c was never started.',
      run([waiting('agg', ['c'], JOIN, 138), absent('c')])
    ],
    [
      'agg waits for b to answer sync_state in round 2, 10 s. b is gone: its process ended.',
      run([
        waiting('agg', ['b'], message('sync_state_response', 2), 140),
        node('b', { state: 'gone', cause: 'its process ended', ended: 141 })
      ])
    ],
    [
      'agg waits for b to answer sync_state in round 2, 10 s. b is gone: its kernel stopped.',
      run([
        waiting('agg', ['b'], message('sync_state_response', 2), 140),
        node('b', {
          state: 'gone',
          cause: 'its process ended',
          ended: 141,
          kernel: 'k'
        })
      ])
    ],
    [
      'a and b wait for each other, 10 s.',
      run([
        waiting('a', ['b'], message('m'), 140),
        waiting('b', ['a'], message('m'), 140)
      ])
    ],
    [
      'b failed in round 1 while training: RuntimeError: <img src=x>',
      run([node('a'), failed('b', 'RuntimeError', '<img src=x>')])
    ],
    [
      'b and c failed in round 1 while training: E: x at net.py:28 · agg failed in consequence: TooFewUpdates.',
      run([
        failed('agg', '', '', {
          failure: { type: 'TooFewUpdates', because_of: ['b', 'c'] }
        }),
        ...['b', 'c'].map(id =>
          failed(id, '', '', {
            failure: { type: 'E', message: 'x', place: 'net.py:28' }
          })
        )
      ])
    ],
    [
      'b failed in round 1 while training: E: x · 1 other node failed with another error. agg failed in consequence of b and c: TooFewUpdates.',
      run([
        failed('b', 'E', 'x'),
        failed('c', 'F', 'y'),
        failed('agg', '', '', {
          failure: { type: 'TooFewUpdates', because_of: ['b', 'c'] }
        })
      ])
    ],
    [
      'Starting: 1 of 2 nodes are up.',
      run([node('a', { activity: null }), node('b', { state: 'ended' })])
    ]
  ])('%s', (text, state) => {
    expect(textOf(state, 150)).toBe(text);
  });

  it('sums up many failures', () => {
    const many = Array.from({ length: 1000 }, (_, i) =>
      i % 400 === 7
        ? failed(`n${i}`, 'ValueError', 'batch of size 0')
        : node(`n${i}`)
    );
    expect(textOf(run(many, rounds), 150)).toBe(
      '3 of 1,000 nodes failed in round 1, all with ValueError: batch of size 0.'
    );
  });

  it('says that the hub is lost', () => {
    const since = new Date(2026, 10, 24, 10, 24, 26).getTime() / 1000;
    const sentence = connectionSentence(
      { state: 'lost', since, retryAt: since + 12, message: '' },
      since + 8
    );
    const onAction = vi.fn();
    const { container } = render(
      <SentenceBar
        sentence={sentence!}
        names={namesOf(null)}
        now={since}
        trans={trans}
        onAction={onAction}
      />
    );
    expect(
      container.querySelector('.jp-alphamed-Sentence-text')?.textContent
    ).toBe(
      'Reconnecting. The hub cannot be reached since 10:24:26. Nodes keep what they send and log until it is back. Next try in 4 s.'
    );
    screen.getByText('Try now').click();
    expect(onAction).toHaveBeenCalledWith({ kind: 'retry' });
  });

  it('tells listeners what is new, once, and not every second', () => {
    vi.useFakeTimers();
    const calm = run([node('a'), node('b')], rounds);
    const { rerender } = render(show(calm, 150));
    const said = () => screen.getByRole('status').textContent;
    rerender(show(calm, 151));
    act(() => {
      vi.advanceTimersByTime(2000);
    });
    expect(said()).toBe('');
    rerender(show(run([node('a'), failed('b', 'E', 'x')], rounds), 152));
    act(() => {
      vi.advanceTimersByTime(1000);
    });
    expect(said()).toContain('b failed in round 1');
    vi.useRealTimers();
  });
});
