import {
  act,
  cleanup,
  fireEvent,
  render,
  screen
} from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskGlance } from '../../src/hub/protocol';
import type { IRunState } from '../../src/tokens';
import { Header } from '../../src/views/Header';
import { attempt, node, round, run } from '../model/runs';
import {
  drawAtOnce,
  HOSTILE,
  foreignElements,
  Live,
  show,
  trans
} from './fixtures';

beforeEach(drawAtOnce);
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const two = [node('agg', { role: 'aggregator', leads: true }), node('b')];

function header(
  state: IRunState | null,
  at = 150,
  task: Partial<TaskGlance> = {}
) {
  const shown = show(state, at, task);
  const { model } = shown;
  const entry = vi.fn();
  const { container } = render(
    <Live model={model}>
      {() => (
        <Header
          model={model}
          now={model.federation.now()}
          trans={trans}
          menu={() => [{ label: 'Hub status', run: entry }]}
          panelId="panel"
        />
      )}
    </Live>
  );
  const progress = () =>
    container.querySelector('.jp-alphamed-Header-progress')?.textContent;
  return { ...shown, entry, progress };
}

const tabs = () => screen.getAllByRole('tab');
const texts = () => tabs().map(tab => tab.textContent);
const selected = () =>
  tabs()
    .filter(tab => tab.getAttribute('aria-selected') === 'true')
    .map(tab => tab.textContent);

describe('the tabs', () => {
  it('are a list of which one is selected and can be reached', () => {
    const { model } = header(run(two));
    expect(screen.getByRole('tablist', { name: 'Views' })).toBeTruthy();
    expect(selected()).toEqual(['Logs0']);
    expect(tabs().map(tab => tab.tabIndex)).toEqual([0, -1, -1, -1]);
    expect(tabs().map(tab => tab.getAttribute('aria-controls'))).toEqual(
      Array(4).fill('panel')
    );
    fireEvent.click(screen.getByRole('tab', { name: /^Messages/ }));
    expect(model.view).toBe('messages');
    expect(tabs().map(tab => tab.tabIndex)).toEqual([-1, -1, 0, -1]);
  });

  it('are walked by keys, round the ends; the focus goes along', () => {
    const { model } = header(run(two));
    tabs()[0]?.focus();
    const seen = [
      'ArrowRight',
      'ArrowRight',
      'End',
      'ArrowRight',
      'ArrowLeft',
      'Home'
    ].map(key => {
      fireEvent.keyDown(document.activeElement ?? document.body, { key });
      expect(document.activeElement).toBe(
        tabs().find(tab => tab.getAttribute('aria-selected') === 'true')
      );
      return model.view;
    });
    expect(seen).toEqual([
      'nodes',
      'messages',
      'rounds',
      'logs',
      'rounds',
      'logs'
    ]);
  });

  it('leave other keys alone', () => {
    const { model } = header(run(two));
    const passed = fireEvent.keyDown(tabs()[0]!, { key: 'ArrowDown' });
    expect([passed, model.view]).toEqual([true, 'logs']);
  });

  it('say how much there is, and follow what comes', () => {
    const rounds = [round(1, 105, 120), round(2, 120)];
    const state = run(two, {
      logs: 1204,
      events: 31,
      attempts: [attempt({ rounds })]
    });
    const { tell } = header(state);
    expect(texts()).toEqual(['Logs1,204', 'Nodes2', 'Messages31', 'Rounds2/5']);
    tell(
      { ...state, logs: 1205, attempts: [attempt({ rounds, max_rounds: 0 })] },
      151
    );
    expect(texts()).toEqual(['Logs1,205', 'Nodes2', 'Messages31', 'Rounds2']);
  });

  it('have no counts while nothing is known', () => {
    header(null);
    expect(texts()).toEqual(['Logs', 'Nodes', 'Messages', 'Rounds']);
  });
});

describe('the pill of unseen errors', () => {
  it('counts them until they were seen', () => {
    const { federation } = header(run(two, { logs: 9 }), 150, {
      errors: [5, 6, 7]
    });
    const pill = screen.getByLabelText('3 new errors');
    expect([pill.textContent, pill.className]).toEqual([
      '3',
      'jp-alphamed-Tab-errors'
    ]);
    act(() => federation.markSeen('t', [5, 6]));
    expect(screen.getByLabelText('1 new error').textContent).toBe('1');
    act(() => federation.markSeen('t', [7]));
    expect(texts()[0]).toBe('Logs9');
    expect(document.querySelector('.jp-alphamed-Tab-errors')).toBeNull();
  });

  it('does not stand at an earlier run: the errors are those of the latest', () => {
    header(run(two, { run: 1, logs: 9 }), 150, {
      run: 2,
      runs: [1, 2],
      errors: [5]
    });
    expect(texts()[0]).toBe('Logs9');
  });
});

describe('the progress', () => {
  const rounds = [round(1, 100, 120), round(2, 120, 140), round(3, 140)];
  const five = (change = {}) =>
    run(two, { attempts: [attempt({ rounds, ...change })] });

  it.each<[string, IRunState]>([
    ['checking in · 00:50', run(two, { attempts: [attempt()] })],
    ['checking in · 00:50', run(two)],
    ['round 3 of 5 · 00:50 · about 50 s left', five()],
    ['round 3 · 00:50', five({ max_rounds: 0 })],
    ['finished · 00:45', five({ result: 'finished', end: 145 })],
    ['failed · 00:45', five({ result: 'failed', end: 145 })],
    ['stopped · 00:45', five({ result: 'stopped', end: 145 })],
    ['ended · 00:48', run(two, { ended: 148 })]
  ])('says %s', (text, state) => {
    const { progress } = header(state);
    expect(progress()).toBe(text);
  });

  it('has a bar where the number of rounds is known and one goes on', () => {
    const { tell } = header(five());
    const bar = screen.getByRole('progressbar', { name: 'Progress' });
    expect(bar.getAttribute('aria-valuenow')).toBe('50');
    expect(bar.querySelector('div')?.style.width).toBe('50%');
    tell(five({ max_rounds: 0 }), 151);
    expect(screen.queryByRole('progressbar')).toBeNull();
    tell(run(two, { attempts: [attempt()] }), 151);
    expect(screen.queryByRole('progressbar')).toBeNull();
  });

  it('says no time while the hub is away', () => {
    const { counts, progress } = header(five());
    act(() => counts.drop());
    expect(progress()).toBe('round 3 of 5');
  });

  it('says that the hub is ready before there is a task, and not when it is away', () => {
    const { counts, progress } = header(null);
    expect(progress()).toBe('hub ready');
    act(() => counts.drop());
    expect(progress()).toBe('');
  });
});

describe('pin and menu', () => {
  it('pins the task', () => {
    const { model } = header(run(two));
    const pin = screen.getByRole('button', { name: 'Pin task' });
    expect(pin.getAttribute('aria-pressed')).toBe('false');
    fireEvent.click(pin);
    expect([model.pinned, pin.getAttribute('aria-pressed')]).toEqual([
      true,
      'true'
    ]);
    fireEvent.click(pin);
    expect(model.pinned).toBe(false);
  });

  it.each<[string, IRunState | null]>([
    ['with a task', run(two)],
    ['before there is one', null]
  ])('opens the menu %s', (_, state) => {
    const { entry } = header(state);
    fireEvent.click(screen.getByRole('button', { name: 'More' }));
    fireEvent.click(screen.getByRole('menuitem', { name: 'Hub status' }));
    expect(entry).toHaveBeenCalledTimes(1);
    expect(screen.queryByRole('button', { name: 'Pin task' }) === null).toBe(
      state === null
    );
  });

  it.each(HOSTILE)(
    'shows the names of tasks as the text they are: %s',
    text => {
      header(run(two, { task: text }), 150, { scheduler: text });
      expect(
        screen.getByRole('button', { name: /^Task / }).textContent
      ).toContain(text);
      fireEvent.click(screen.getByRole('button', { name: /^Task / }));
      expect(foreignElements(document)).toEqual([]);
    }
  );
});
