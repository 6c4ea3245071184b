import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NodeView } from '../../../src/hub/protocol';
import { absent, failed, node, run } from '../../model/runs';
import { nodes, prepare, tidy } from './fixtures';

beforeEach(prepare);
afterEach(tidy);

describe('what can be done with a node', () => {
  const mine = node('a', { notebook: 'a.ipynb', kernel: 'k', cell: 'c' });
  const menu = (row: HTMLElement) => {
    fireEvent.click(within(row).getByRole('button', { name: /^Actions for/ }));
    // Within the menu: roles are slow to find out.
    const open = within(document.querySelector<HTMLElement>('[role=menu]')!);
    const items = open.getAllByRole('menuitem');
    return {
      on: items
        .filter(item => item.getAttribute('aria-disabled') !== 'true')
        .map(item => item.textContent),
      choose: (name: string) =>
        fireEvent.click(open.getByRole('menuitem', { name }))
    };
  };
  const RESULTS = [
    'Open the result folder',
    'Download model.pt',
    'Download report.zip',
    'Copy the TensorBoard command'
  ];
  const ALWAYS = ['Only this node in Logs', 'Copy the id'];
  const KERNEL = [
    'Run the notebook',
    'Interrupt the kernel',
    'Restart the kernel'
  ];

  it.each<[string, NodeView, boolean, string[]]>([
    [
      'of a notebook of this server',
      mine,
      true,
      ['Open cell', ...KERNEL, ...RESULTS, ...ALWAYS]
    ],
    [
      'that failed there',
      failed('a', 'E', 'x', { kernel: 'k' }),
      true,
      ['Open cell', ...KERNEL, ...RESULTS, ...ALWAYS]
    ],
    ['of a process elsewhere', mine, false, [...RESULTS, ...ALWAYS]],
    ['that never came up', absent('a'), false, ALWAYS]
  ])('%s', (_, member, own, on) => {
    const { row } = nodes(run([member, node('b')]), { hasNotebook: () => own });
    expect(menu(row('a')).on).toEqual(on);
  });

  it.each<[string, string, unknown[]]>([
    [
      'Open cell',
      'open',
      [expect.objectContaining({ kernel: 'k', cell: 'c' })]
    ],
    ['Run the notebook', 'runNotebook', [mine]],
    ['Interrupt the kernel', 'interrupt', [mine]],
    ['Restart the kernel', 'restart', [[mine]]],
    ['Open the result folder', 'openResults', ['t', mine]],
    ['Download model.pt', 'download', ['t', mine, 'model.pt']],
    ['Download report.zip', 'download', ['t', mine, 'report.zip']],
    ['Copy the TensorBoard command', 'copy', ['tensorboard --logdir x']],
    ['Copy the id', 'copy', ['a']]
  ])('%s', (entry, action, given) => {
    const { row, actions, drawer } = nodes(run([mine, node('b')]));
    menu(row('a')).choose(entry);
    const done = Reflect.get(actions, action) as ReturnType<typeof vi.fn>;
    expect(done.mock.calls).toEqual([given]);
    // The row did not take the click.
    expect(drawer()).toBeNull();
  });

  it.each([[[]], [['a']], [['b']], [['b', 'c']]])(
    'shows its logs alone, with %j hidden before',
    hidden => {
      const { row, model } = nodes(run([mine, node('b'), node('c')]));
      act(() => hidden.forEach(id => model.toggleNode(id)));
      menu(row('a')).choose('Only this node in Logs');
      expect([[...model.hidden], model.view]).toEqual([['b', 'c'], 'logs']);
    }
  );

  it('opens cell and notebook from the row, which stays as it is', () => {
    const { row, actions, drawer } = nodes(run([mine, node('b')]));
    fireEvent.click(within(row('a')).getByText('Cell [2]'));
    expect(drawer()).toBeNull();
    fireEvent.click(within(row('a')).getByText('a.ipynb'));
    expect(actions.open.mock.calls).toEqual([
      [expect.objectContaining({ cell: 'c' })],
      [expect.objectContaining({ cell: '', notebook: 'a.ipynb' })]
    ]);
    expect(drawer()).toBeNull();
  });

  it('is done with all notebooks, each once', () => {
    const members = [
      mine,
      node('b', { kernel: 'k' }),
      node('c', { kernel: 'other' }),
      node('foreign', { kernel: 'x' }),
      absent('d')
    ];
    const { actions } = nodes(run(members), {
      hasNotebook: member => member.node !== 'foreign'
    });
    for (const entry of [
      /^Run all notebooks/,
      'Interrupt all kernels',
      'Restart all kernels'
    ]) {
      fireEvent.click(
        screen.getByRole('button', { name: 'Notebooks of all nodes' })
      );
      fireEvent.click(screen.getByRole('menuitem', { name: entry }));
    }
    const ids = (calls: unknown[][]) =>
      calls.flat(2).map(it => (it as NodeView).node);
    expect(ids(actions.runNotebook.mock.calls)).toEqual(['a', 'c']);
    expect(ids(actions.interrupt.mock.calls)).toEqual(['a', 'c']);
    // Together: it asks once.
    expect(actions.restart).toHaveBeenCalledTimes(1);
    expect(ids(actions.restart.mock.calls)).toEqual(['a', 'c']);
  });

  it('is nothing where no notebook is of this server', () => {
    nodes(run([mine, node('b')]), { hasNotebook: () => false });
    fireEvent.click(
      screen.getByRole('button', { name: 'Notebooks of all nodes' })
    );
    expect(
      screen
        .getAllByRole('menuitem')
        .map(item => item.getAttribute('aria-disabled'))
    ).toEqual(Array(3).fill('true'));
  });
});
