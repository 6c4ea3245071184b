/** A view that stands in the registry, and nowhere else, is everywhere a view is. */

import {
  act,
  cleanup,
  fireEvent,
  render,
  screen
} from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import schema from '../../schema/plugin.json';
import { translated } from '../../src/settingTexts';
import type { IView } from '../../src/tokens';
import { KeysContext, ViewKeys } from '../../src/views/common/keys';
import { FederationView } from '../../src/views/FederationView';
import { VIEWS } from '../../src/views/index';
import { Sidebar } from '../../src/views/sidebar';
import { node, run } from '../model/runs';
import { drawAtOnce, fakeActions, show, trans } from './fixtures';

const TOY: IView = {
  name: 'toys',
  word: () => 'Toys',
  count: ({ task, members }) => `${members.length} of ${task}`,
  Component: ({ model }) => <p>Toys of {model.task}</p>
};

const registry = VIEWS as unknown as IView[];

beforeEach(() => {
  drawAtOnce();
  registry.push(TOY);
});
afterEach(() => {
  registry.pop();
  cleanup();
  vi.unstubAllGlobals();
});

const shown = () => show(run([node('a')], { task: 'task' }), 150);

describe('a view of the registry', () => {
  it('is a tab with its count, and what it draws is below', () => {
    const { model } = shown();
    const keys = new ViewKeys();
    render(
      <KeysContext.Provider value={keys}>
        <FederationView model={model} actions={fakeActions()} trans={trans} />
      </KeysContext.Provider>
    );
    const tab = screen.getByRole('tab', { name: /^Toys/ });
    expect(tab.textContent).toBe('Toys1 of task');
    fireEvent.click(tab);
    expect(model.view).toBe('toys');
    expect(screen.getByRole('tabpanel', { name: 'Toys' }).textContent).toBe(
      'Toys of task'
    );
    act(() => void keys.run('next-view'));
    expect(model.view).toBe('logs');
    act(() => void keys.run('previous-view'));
    expect(model.view).toBe('toys');
  });

  it('is opened from the side bar', () => {
    const actions = fakeActions();
    render(<Sidebar model={shown().model} actions={actions} trans={trans} />);
    fireEvent.click(screen.getByRole('button', { name: 'Toys' }));
    expect(actions.openView).toHaveBeenCalledWith('task', 'toys');
  });

  it('can be the first, as the settings offer', () => {
    const { properties } = translated(schema as never, trans);
    expect(properties?.['defaultView']).toMatchObject({
      oneOf: VIEWS.map(view => ({ const: view.name, title: view.word(trans) }))
    });
  });

  it('is kept over a reload', () => {
    const { model } = show(null, 0, {}, { view: 'toys' });
    render(
      <FederationView model={model} actions={fakeActions()} trans={trans} />
    );
    expect(screen.getByRole('tab', { selected: true }).textContent).toBe(
      'Toys'
    );
  });

  it('that is gone since it was kept gives way to the first', () => {
    const { model } = show(null, 0, {}, { view: 'games' });
    render(
      <FederationView model={model} actions={fakeActions()} trans={trans} />
    );
    expect(screen.getByRole('tab', { selected: true }).textContent).toBe(
      'Logs'
    );
  });
});
