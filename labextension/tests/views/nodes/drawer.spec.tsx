import { fireEvent, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { absent, node, run, span } from '../../model/runs';
import { nodes, task, prepare, tidy } from './fixtures';

beforeEach(prepare);
afterEach(tidy);

describe('the selection', () => {
  it('opens the drawer, and a second click closes it', () => {
    const { row, drawer, model } = nodes(task);
    expect(drawer()).toBeNull();
    fireEvent.click(row('trains'));
    expect(row('trains').getAttribute('aria-selected')).toBe('true');
    expect(drawer()?.getAttribute('aria-label')).toBe('Node trains');
    expect(model.saved['nodes.selected']).toBe('trains');
    fireEvent.click(row('trains'));
    expect(drawer()).toBeNull();
    fireEvent.click(row('trains'));
    fireEvent.click(within(drawer()!).getByRole('button', { name: 'Close' }));
    expect(drawer()).toBeNull();
  });

  it('is moved by keys, and left by Escape', () => {
    const { key, model, ids } = nodes(task);
    const selected = () => model.saved['nodes.selected'] ?? null;
    const seen = (
      [
        'down',
        'down',
        'up',
        'up',
        'page-down',
        'oldest',
        'newest',
        'down'
      ] as const
    ).map(name => [key(name), selected()]);
    const at = (place: number) => [true, ids()[place]];
    expect(seen).toEqual([
      at(0),
      at(1),
      at(0),
      at(0),
      at(7),
      at(0),
      at(7),
      at(7)
    ]);
    expect([key('escape'), selected()]).toEqual([true, null]);
    // Nobody needs it now: the key goes on.
    expect(key('escape')).toBe(false);
    key('up');
    expect(selected()).toBe('stops');
  });

  it('is told to screen readers by an id without blanks, though a node’s may have some', () => {
    const { row, container } = nodes(run([node('node 1'), node('b')]));
    fireEvent.click(row('node 1'));
    const list = container.querySelector('[aria-activedescendant]');
    const active = list?.getAttribute('aria-activedescendant') ?? '';
    expect(active).not.toMatch(/\s/);
    expect(document.getElementById(active)).toBe(row('node 1'));
  });

  it('is copied by C, the id whole', () => {
    const { key, row, actions } = nodes(task);
    expect(key('copy')).toBe(false);
    fireEvent.click(row('trains'));
    expect(key('copy')).toBe(true);
    expect(actions.copy.mock.calls).toEqual([['trains']]);
  });
});

describe('the drawer', () => {
  it('draws who waits for whom; a box selects its node', () => {
    const { drawer, container } = nodes(task);
    const chain = container.querySelector<HTMLElement>('.jp-alphamed-Chain')!;
    expect(chain.getAttribute('aria-label')).toBe('Who waits for whom');
    expect(chain.textContent).toContain('update of round 2');
    fireEvent.click(within(chain).getByRole('button', { name: /never/ }));
    expect(drawer()?.getAttribute('aria-label')).toBe('Node never');
  });

  it('has what the node did, the newest first; each leads to its moment', () => {
    const { row, drawer, model } = nodes(
      run([
        node('a', {
          role: 'data holder',
          scheduler: 'DemoAvg',
          notebook: 'a.ipynb',
          intervals: [
            span('training', 110, 118.4, { round: 1 }),
            span('custom', 120, 0, { round: 0, detail: 'own words' })
          ]
        })
      ])
    );
    fireEvent.click(row('a'));
    const history = within(drawer()!).getByRole('table');
    expect(
      [...history.querySelectorAll('tr')].map(line =>
        [...line.cells].slice(1).map(cell => cell.textContent?.trim())
      )
    ).toEqual([
      ['own words', '', '', '1 min 20 s'],
      ['training', '', 'round 1', '8.4 s']
    ]);
    fireEvent.click(
      within(history).getAllByTitle('Show this moment in all views')[1]!
    );
    expect(model.moment).toEqual({ at: 110, seq: 110 });
  });

  it.each([
    ['never', '%%mock_node --id never --nodes nodes'],
    ['two words', '%%mock_node --id "two words" --nodes nodes'],
    ['a"b', '%%mock_node --id "a\\"b" --nodes nodes']
  ])('says how to start %s', (id, code) => {
    const { row, drawer, actions } = nodes(run([node('a'), absent(id)]));
    fireEvent.click(row(id));
    expect(drawer()?.querySelector('code')?.textContent).toBe(code);
    fireEvent.click(within(drawer()!).getByRole('button', { name: 'Copy' }));
    expect(actions.copy).toHaveBeenCalledWith(code);
  });

  it('says when a node came with another list of nodes', () => {
    const { row, drawer } = nodes(
      run([node('a', { nodes: ['a', 'c'] }), node('b', { nodes: ['b', 'a'] })])
    );
    const problem = 'It came with another list of nodes than the task has.';
    fireEvent.click(row('a'));
    expect(drawer()?.textContent).toContain(problem);
    fireEvent.click(row('b'));
    expect(drawer()?.textContent).not.toContain(problem);
  });

  it('has the error with its traceback, and leads to it in Logs', async () => {
    const { row, drawer, model, server, actions } = nodes(task);
    const body = {
      time: 120,
      level: 40,
      text: 'failed',
      kernel: 'k',
      notebook: 'n.ipynb',
      cell: 'c',
      traceback: {
        type: 'ValueError',
        message: 'batch of size 0',
        text: '',
        frames: [
          {
            function: 'train',
            line: 4,
            file: 'Cell In[4]',
            cell: 'c',
            user: true,
            code: 'go()'
          }
        ]
      }
    };
    server.answer = () => ({
      rows: [
        {
          seq: 50,
          at: 120,
          kind: 'log',
          node: 'breaks',
          task: 't',
          run: 1,
          body
        }
      ],
      complete: true,
      next: 0,
      number: 99
    });
    fireEvent.click(row('breaks'));
    fireEvent.click(await within(drawer()!).findByText('Cell In[4], line 4'));
    expect(actions.open).toHaveBeenCalledWith(
      expect.objectContaining({ cell: 'c', line: 4 })
    );
    fireEvent.click(within(drawer()!).getByText('Show in Logs'));
    expect([model.view, model.moment]).toEqual(['logs', { at: 120, seq: 50 }]);
  });

  it('has the last line of an error whose record is gone', async () => {
    const { row, drawer } = nodes(task);
    fireEvent.click(row('breaks'));
    expect(
      (await within(drawer()!).findAllByText('ValueError: batch of size 0'))
        .length
    ).toBe(1);
  });

  const event = (seq: number, from: string, targets: string[]) => ({
    seq,
    at: seq,
    kind: 'event',
    node: from,
    task: 't',
    run: 1,
    body: {
      type: `message ${seq}`,
      targets,
      message: '',
      contract: { value: 1 }
    }
  });

  it('has the messages that wait for the node, without those it read', async () => {
    const { row, drawer, model, server } = nodes(
      run([node('a'), node('b', { addressed: 3, messages_in: 1 })])
    );
    server.answer = () => ({ rows: [], complete: true, next: 0, number: 9 });
    const asked = vi.fn();
    server.answer = path => {
      asked(path.join('/'));
      const { query } = server.requests[server.requests.length - 1]!;
      const { kind } = query as { kind: string[] };
      return {
        rows:
          kind[0] === 'event'
            ? [
                event(9, 'a', ['b']),
                event(8, 'a', ['a']),
                event(7, 'a', ['a', 'b']),
                event(6, 'a', ['b'])
              ]
            : [
                { seq: 10, at: 10, kind: 'read', node: 'b', body: { event: 7 } }
              ],
        complete: true,
        next: 0,
        number: 10
      };
    };
    fireEvent.click(row('b'));
    await within(drawer()!).findByText('message 9');
    expect(
      within(drawer()!)
        .queryAllByText(/^message/)
        .map(it => it.textContent)
    ).toEqual(['message 9', 'message 6']);
    expect(drawer()?.textContent).toContain('Waiting for it in the hub 2');
    fireEvent.click(within(drawer()!).getByText('message 6'));
    expect([model.view, model.moment]).toEqual(['messages', { at: 6, seq: 6 }]);
  });

  it('says when those messages cannot be read', async () => {
    const { row, drawer, server } = nodes(
      run([node('a'), node('b', { addressed: 3 })])
    );
    server.answer = () => {
      throw new Error('out of order');
    };
    fireEvent.click(row('b'));
    expect(
      await within(drawer()!).findByText('The hub did not answer: out of order')
    ).toBeTruthy();
  });
});
