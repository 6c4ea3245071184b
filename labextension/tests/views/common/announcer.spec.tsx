/** What screen readers are told unasked: new trouble, and its end. */

import { act, cleanup, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { connectionSentence, runSentence } from '../../../src/model/sentence';
import type { IRunState } from '../../../src/tokens';
import { namesOf } from '../../../src/views/common/hooks';
import { SentenceBar } from '../../../src/views/common/SentenceBar';
import {
  absent,
  attempt,
  failed,
  node,
  round,
  run,
  waiting,
  JOIN
} from '../../model/runs';
import { trans } from '../fixtures';

const rounds = { attempts: [attempt({ rounds: [round(3, 140)] })] };
const training = run([node('a'), node('b')], rounds);
const waits = run([waiting('a', ['c'], JOIN, 138), absent('c')]);
const broken = run([node('a'), failed('b', 'E', 'x')], rounds);

function bar(state: IRunState, now: number, lost = false): JSX.Element {
  const gone = { since: 1, retryAt: null, message: '' };
  return (
    <SentenceBar
      sentence={
        (lost ? connectionSentence({ state: 'lost', ...gone }, now) : null) ??
        runSentence(state, now)
      }
      names={namesOf(state)}
      now={now}
      trans={trans}
      onAction={() => undefined}
    />
  );
}

/** All that was said, each once. */
let heard: string[] = [];
let draw: (shown: JSX.Element) => void;

function pass(milliseconds: number): void {
  act(() => {
    vi.advanceTimersByTime(milliseconds);
  });
  const text = screen.getByRole('status').textContent ?? '';
  if (text !== '' && heard[heard.length - 1] !== text) {
    heard.push(text);
  }
}

function begin(first: JSX.Element): void {
  const { rerender } = render(first);
  draw = shown => {
    rerender(shown);
    pass(0);
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  heard = [];
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe('what is announced', () => {
  it('nothing of what is there when the view opens', () => {
    begin(bar(broken, 150));
    pass(5000);
    draw(bar(broken, 151));
    expect(heard).toEqual([]);
  });

  it('a failure, politely', () => {
    begin(bar(training, 150));
    draw(bar(broken, 151));
    expect(heard).toEqual([expect.stringContaining('b failed in round 1')]);
    expect(screen.getByRole('status').getAttribute('aria-live')).toBe('polite');
    expect(screen.getAllByRole('status')).toHaveLength(1);
  });

  it('a wait once it is over ten seconds, and not how it grows', () => {
    begin(bar(waits, 140));
    draw(bar(waits, 147.9));
    expect(heard).toEqual([]);
    draw(bar(waits, 148.1));
    for (let now = 149; now < 170; now++) {
      draw(bar(waits, now));
      pass(1000);
    }
    expect(heard).toEqual([
      'a waits for c to check in, 10 s. c was never started.'
    ]);
  });

  it('no progress', () => {
    begin(bar(training, 150));
    draw(
      bar(run([node('a'), node('b', { activity: 'sending' })], rounds), 151)
    );
    pass(2000);
    expect(heard).toEqual([]);
  });

  it('hub lost, and back', () => {
    begin(bar(training, 150));
    draw(bar(training, 151, true));
    pass(3000);
    draw(bar(training, 154));
    expect(heard).toEqual([
      expect.stringMatching(/^Reconnecting\. The hub cannot be reached/),
      expect.stringMatching(/^The hub is back\. Round 3/)
    ]);
  });

  it('at most one a second, the latest', () => {
    begin(bar(training, 150));
    draw(bar(broken, 151));
    pass(300);
    draw(bar(broken, 151, true));
    pass(300);
    draw(bar(waits, 170));
    pass(300);
    expect(heard).toHaveLength(1);
    pass(100);
    expect(heard).toEqual([
      expect.stringContaining('b failed'),
      expect.stringContaining('a waits for c')
    ]);
  });
});
