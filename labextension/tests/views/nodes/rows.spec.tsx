import {
  act,
  cleanup,
  fireEvent,
  screen,
  within
} from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  absent,
  attempt,
  failed,
  message,
  node,
  run,
  span,
  waiting
} from '../../model/runs';
import { foreignElements, HOSTILE } from '../fixtures';
import { every, nodes, NOW, task, prepare, tidy } from './fixtures';

beforeEach(prepare);
afterEach(tidy);

describe('the rows', () => {
  it('have the problems first, else the order of the numbers', () => {
    const { ids, model } = nodes(task);
    expect(ids()).toEqual([
      'breaks',
      'lost',
      'never',
      'hangs',
      'trains',
      'agg',
      'ends',
      'stops'
    ]);
    fireEvent.click(
      screen.getByRole('button', { name: 'Order: Problems first' })
    );
    fireEvent.click(screen.getByRole('menuitemradio', { name: 'By number' }));
    expect(ids()).toEqual(every.map(member => member.node));
    expect(model.saved['nodes.sort']).toBe('number');
  });

  it('say who, in which role, how it stands, how far, and what it moved', () => {
    const { row, tell, rows } = nodes(
      run(
        [
          node('a', {
            round: 2,
            messages_in: 1204,
            messages_out: 3,
            bytes_in: 90_100,
            bytes_out: 203,
            notebook: 'site/a.ipynb',
            cell: 'c',
            kernel: 'k',
            pid: 48190,
            intervals: [span('training', 196)]
          }),
          { ...absent('b'), pid: 0 },
          node('agg', { role: 'aggregator', leads: true }),
          node('young', { role: '', activity: null, since: 197 })
        ],
        { attempts: [attempt()] }
      )
    );
    const cells = (id: string) =>
      within(row(id))
        .getAllByRole('gridcell')
        .map(cell => cell.textContent);
    expect(cells('a')).toEqual([
      '0a',
      'data holder',
      'Training, 4 s',
      '2',
      '1,204 / 3',
      '90.1 KB / 203 B',
      '–',
      'a.ipynbCell [2] · pid 48190',
      ''
    ]);
    // Who never came up is no aggregator when there is one.
    expect(cells('b').slice(0, 4)).toEqual([
      '1b',
      'data holder',
      'Not up: never started in this task',
      '–'
    ]);
    expect(cells('b')[7]).toBe('not known yet');
    expect(cells('agg')[1]).toBe('aggregatorinitiator');
    expect(cells('young').slice(1, 3)).toEqual(['–', 'Starting, 3 s']);
    expect(rows().map(it => it.getAttribute('aria-rowindex'))).toEqual([
      '2',
      '3',
      '4',
      '5'
    ]);
    tell(
      run([
        node('a', { intervals: [span('sending', 199)], activity: 'sending' })
      ]),
      NOW
    );
    expect(cells('a')[2]).toBe('Sending, 1 s');
  });

  it('takes a role for a word: who leads is said apart', () => {
    const { row } = nodes(
      run(
        [
          node('label', { role: 'host', leads: true }),
          node('data', { role: 'collaborator' }),
          absent('late')
        ],
        { attempts: [attempt({ leader: 'label' })] }
      )
    );
    const role = (id: string) => row(id).children[1]?.textContent;
    expect(role('label')).toBe('hostinitiator');
    expect(role('data')).toBe('collaborator');
    expect(role('late')).toBe('collaborator');
  });

  it.each([
    [
      'breaks',
      'failed',
      'ValueError: batch of size 0',
      /^in round 1 while training, /
    ],
    ['lost', 'gone', 'Gone: its kernel stopped, 20 s ago', /^$/],
    [
      'hangs',
      'waiting',
      'Waits for never to check in, 50 s',
      /^message checkin · no time limit$/
    ],
    [
      'agg',
      'waiting',
      'Waits for the update of trains, 5 s',
      /^stream .* · no time limit$/
    ]
  ])('tell what %s does', (id, _, title, second) => {
    const { row } = nodes(task);
    const state = row(id).querySelector('.jp-alphamed-Nodes-state');
    expect(state?.querySelector('.jp-alphamed-Nodes-title')?.textContent).toBe(
      title
    );
    expect(
      state?.querySelector('.jp-alphamed-Nodes-second')?.textContent ?? ''
    ).toMatch(second);
  });

  it('tell when a node failed in a run that has ended, what failed first on top', () => {
    const at = new Date(2026, 10, 24, 10, 24, 25).getTime() / 1000;
    const times = { intervals: [span('failed', at, at + 1)], ended: at + 1 };
    const { ids, row, container } = nodes(
      run(
        [
          failed('agg', '', '', {
            ...times,
            failure: { type: 'TooFewUpdates', because_of: ['a', 'b'] }
          }),
          failed('a', 'E', 'x', times),
          failed('b', 'E', 'x', times)
        ],
        { started: at - 60, ended: at + 1, at: at + 1 }
      )
    );
    expect(ids()).toEqual(['a', 'b', 'agg']);
    const second = (id: string) =>
      row(id).querySelector('.jp-alphamed-Nodes-second')?.textContent;
    expect(second('a')).toBe('at 10:24:25');
    expect(second('agg')).toBe('in consequence of a and b · at 10:24:25');
    expect(container.textContent).not.toMatch(/\b[01] s\b/);
  });

  it('are filtered by state, one chip at a time', () => {
    const { ids, container } = nodes(task);
    const chips = () => [
      ...container.querySelectorAll<HTMLElement>(
        '.jp-alphamed-Nodes-chips button'
      )
    ];
    const said = () =>
      chips().map(chip => [
        chip.textContent,
        chip.getAttribute('aria-pressed')
      ]);
    expect(said().slice(0, 2)).toEqual([
      ['All8', 'true'],
      ['failed1', 'false']
    ]);
    const waits = chips().find(chip => chip.textContent === 'waiting2')!;
    fireEvent.click(waits);
    expect(ids()).toEqual(['hangs', 'agg']);
    expect(said()[0]).toEqual(['All8', 'false']);
    fireEvent.click(waits);
    expect(ids()).toHaveLength(8);
  });

  it('are searched by id and number; nothing found says so', () => {
    const { ids, container } = nodes(task);
    const box = screen.getByRole('textbox', { name: 'Find node' });
    fireEvent.change(box, { target: { value: 'ENDS' } });
    expect(ids()).toEqual(['ends']);
    expect(
      container.querySelector('.jp-alphamed-Nodes-foot')?.textContent
    ).toBe('8 nodes in the task, 3 up · 1 shown');
    fireEvent.change(box, { target: { value: 'nobody' } });
    expect(ids()).toEqual([]);
    expect(screen.getByText(/Nothing matches/)).toBeTruthy();
    fireEvent.click(screen.getByText('Clear filters'));
    expect(ids()).toHaveLength(8);
    fireEvent.change(box, { target: { value: 'x' } });
    fireEvent.keyDown(box, { key: 'Escape' });
    expect(ids()).toHaveLength(8);
  });

  it('are dim where the node is filtered out of the other views', () => {
    const { row, model } = nodes(task);
    act(() => model.toggleNode('agg'));
    expect(row('agg').classList.contains('jp-mod-off')).toBe(true);
    expect(row('ends').classList.contains('jp-mod-off')).toBe(false);
  });

  it('are grey until the run is known, and none when it has no node', () => {
    expect(
      nodes(null).container.querySelector('[aria-busy=true]')
    ).not.toBeNull();
    cleanup();
    nodes(run([]));
    expect(screen.getByText('No node is running')).toBeTruthy();
  });
});

describe('many nodes', () => {
  const many = (count: number) =>
    run(
      Array.from({ length: count }, (_, place) =>
        place === 77 || place === 50
          ? failed(`n${place}`, 'E', 'x')
          : node(`n${place}`)
      )
    );

  it('have low rows, drawn as far as they are on screen, problems first', () => {
    const { ids, rows, container } = nodes(many(60));
    expect(ids()[0]).toBe('n50');
    expect(rows().length).toBeGreaterThan(9);
    expect(rows().length).toBeLessThan(40);
    expect(screen.getByRole('grid').getAttribute('aria-rowcount')).toBe('61');
    expect(container.querySelector('.jp-alphamed-Nodes-grid')).toBeNull();
  });

  it('are named to screen readers only while they are drawn', () => {
    const { model, rows, container } = nodes(many(60));
    const active = () =>
      screen.getByRole('grid').getAttribute('aria-activedescendant');
    const last = rows()[rows().length - 1]!.dataset.node!;
    act(() => model.save('nodes.selected', last));
    expect(document.getElementById(active() ?? '')?.dataset.node).toBe(last);
    act(() => model.save('nodes.selected', 'n59'));
    expect(document.getElementById(active() ?? '')?.dataset.node).toBe('n59');
    const list = container.querySelector('[data-virtuoso-scroller]')!;
    list.scrollTop = 0;
    fireEvent.scroll(list);
    expect(active()).toBeNull();
  });

  it('have a cell each in their own order above a hundred; a cell selects', () => {
    const { container, drawer } = nodes(many(120));
    const cells = [
      ...container.querySelectorAll<HTMLElement>('.jp-alphamed-Nodes-cell')
    ];
    expect(cells).toHaveLength(120);
    expect(
      cells.flatMap((cell, place) =>
        cell.dataset.state === 'failed' ? [place] : []
      )
    ).toEqual([50, 77]);
    const grid = container.querySelector<HTMLElement>(
      '.jp-alphamed-Nodes-grid'
    )!;
    fireEvent.mouseOver(cells[77]!);
    expect(grid.title).toMatch(/^77 · n77\nfailed/);
    fireEvent.click(cells[77]!);
    expect(drawer()?.getAttribute('aria-label')).toBe('Node n77');
    expect(cells[77]?.classList.contains('jp-mod-selected')).toBe(true);
    fireEvent.click(screen.getByRole('button', { name: /^failed/ }));
    expect(
      cells.filter(cell => !cell.classList.contains('jp-mod-off'))
    ).toEqual([cells[50], cells[77]]);
  });
});
describe('hostile ids and texts', () => {
  it.each(HOSTILE)('are only ever text: %s', text => {
    const state = run([
      waiting(text, [`${text} 2`], message(text, 2), 100, {
        role: text,
        scheduler: text,
        notebook: text,
        kernel: text,
        cause: text
      }),
      failed(`${text} 2`, text, text, {
        notebook: `${text}.ipynb`,
        intervals: [span('custom', 110, 0, { detail: text })]
      }),
      node(`${text} 3`, {
        activity: 'custom',
        detail: text,
        intervals: [span('custom', 110, 0, { detail: text })]
      }),
      absent(`${text} 4`)
    ]);
    const { rows, container } = nodes(state);
    for (const row of rows()) {
      fireEvent.click(row);
      fireEvent.click(
        within(row).getByRole('button', { name: /^Actions for/ })
      );
      expect(foreignElements(document)).toEqual([]);
      fireEvent.pointerDown(document.body);
    }
    expect(container.textContent).toContain(text);
  });
});
