import { act, cleanup, fireEvent, render } from '@testing-library/react';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { EventRow, Row } from '../../src/hub/protocol';
import type {
  IActions,
  IRowHandlers,
  IRunModel,
  IRunState
} from '../../src/tokens';
import { MessagesView } from '../../src/views/messages/MessagesView';
import { KeysContext, ViewKeys } from '../../src/views/common/keys';
import { settingsFrom } from '../../src/views/messages/settings';
import { event, offer, read } from '../model/messageRows';
import { blankRun, JOIN, member } from '../model/runs';

const HOSTILE =
  '<img src=x onerror=alert(1)></text><script>alert(2)</script>\u001b[31m';

/** A model with the run and rows that a test gives it. */
class FakeModel {
  readonly changed = new Signal<IRunModel, void>(this as never);
  readonly federation = {
    now: () => 100,
    connection: { state: 'open', since: 0, retryAt: null, message: '' },
    changed: new Signal<object, void>({}),
    api: { records: () => Promise.resolve({ rows: this.rows }) }
  };
  readonly task = 't';
  readonly visible = true;
  readonly hidden = new Set<string>();
  readonly asOf = null;
  moment: unknown = null;
  saved: Record<string, unknown> = {};
  setMoment = vi.fn();
  setWindow = vi.fn();
  setView = vi.fn();
  setAsOf = vi.fn();
  showAllNodes = vi.fn();
  constructor(
    readonly live: IRunState,
    readonly rows: readonly Row[]
  ) {}
  get shown(): IRunState {
    return this.live;
  }
  save(name: string, value: unknown): void {
    this.saved = { ...this.saved, [name]: value };
    this.changed.emit();
  }
  follow(_question: unknown, handlers: IRowHandlers) {
    handlers.following('hub', 50);
    handlers.rows(this.rows, 50, 0);
    return { dispose: () => {}, isDisposed: false };
  }
}

const actions = {
  copy: vi.fn(),
  open: vi.fn(),
  opens: () => 'cell'
} as unknown as IActions;
const trans = nullTranslator.load('alphamed_nb');

async function show(model: FakeModel): Promise<HTMLElement> {
  const { container } = render(
    <MessagesView
      model={model as unknown as IRunModel}
      actions={actions}
      trans={trans}
    />
  );
  await act(() => new Promise(resolve => setTimeout(resolve, 60)));
  return container;
}

beforeEach(() => {
  for (const [name, size] of [
    ['clientWidth', 1000],
    ['clientHeight', 600]
  ] as const) {
    vi.spyOn(HTMLElement.prototype, name, 'get').mockReturnValue(size);
  }
});
afterEach(cleanup);

function options(container: HTMLElement): string[] {
  return [...container.querySelectorAll('[role=option]')].map(
    element => element.getAttribute('aria-label') ?? ''
  );
}

describe('MessagesView', () => {
  const rows = [
    event(1, 90, 'a', ['b'], 'sync'),
    read(2, 90.5, 'b', 1),
    event(3, 91, 'b', ['a'], 'answer'),
    offer(4, 92, 'a', 'b', 'offered', 'o', 's')
  ];
  const run = blankRun([member('a'), member('b')], { started: 89 });

  it('tells each message in words', async () => {
    const container = await show(new FakeModel(run, rows));
    expect(options(container)).toEqual([
      'sync from a to b, 500 ms',
      'answer from b to a, not read',
      'data stream from a to b, not taken'
    ]);
    expect(container.querySelector('footer')?.textContent).toBe(
      '3 of 4 messages shown · 2 not read'
    );
  });

  it('a click selects, shares the moment and shows the content', async () => {
    const model = new FakeModel(run, [
      {
        ...event(1, 90, 'a', ['b'], 'sync'),
        body: { ...event(1, 90, 'a', ['b'], 'sync').body, contract: { n: 1 } }
      }
    ]);
    const container = await show(model);
    fireEvent.click(container.querySelector('[role=option]')!);
    await act(() => Promise.resolve());
    expect(model.setMoment).toHaveBeenCalledWith({ at: 90, seq: 1 });
    expect(container.querySelector('pre')?.textContent).toBe('{\n  "n": 1\n}');
  });

  it.each([
    ["a sender whose clock is the hub's", 89.75, 'Sent', 'after 250 ms'],
    ['one whose clock is not', undefined, 'Stored', ''],
    ['a clock that was set back', 90.5, 'Stored', '']
  ])('says when it was sent and stored: %s', async (_, sent, first, stored) => {
    const model = new FakeModel(run, [event(1, 90, 'a', ['b'], 'sync', sent)]);
    const container = await show(model);
    fireEvent.click(container.querySelector('[role=option]')!);
    await act(() => Promise.resolve());
    const names = [...container.querySelectorAll('dt')].map(
      element => element.textContent
    );
    const values = [...container.querySelectorAll('dd')].map(
      element => element.textContent
    );
    expect(names[1]).toBe(first);
    expect(names.filter(name => name === 'Stored')).toHaveLength(1);
    if (stored !== '') {
      expect(values[names.indexOf('Stored')]).toBe(stored);
    }
  });

  it('shows who waits for a node that never came up', async () => {
    const wait = {
      whom: ['b'],
      ...JOIN,
      since: 80,
      limit: null,
      arrived: [],
      expected: 1
    };
    const members = [member('a', { wait }), member('b', { state: 'absent' })];
    const container = await show(
      new FakeModel(blankRun(members, { started: 79 }), [])
    );
    expect(container.querySelector('svg')?.parentElement).not.toBeNull();
    expect(container.textContent).toContain('waits for b: checkin, 20 s');
    expect(container.textContent).toContain('not up');
  });

  it('takes everything for text', async () => {
    const message: EventRow = event(1, 90, HOSTILE, [`to ${HOSTILE}`], HOSTILE);
    const model = new FakeModel(
      blankRun([member(HOSTILE), member(`to ${HOSTILE}`, { state: 'gone' })]),
      [
        {
          ...message,
          body: { ...message.body, contract: { [HOSTILE]: HOSTILE } }
        }
      ]
    );
    const container = await show(model);
    fireEvent.click(container.querySelector('[role=option]')!);
    await act(() => Promise.resolve());
    expect(container.querySelector('script, img, iframe, style')).toBeNull();
    expect(container.querySelector('pre')?.textContent).toContain('<img src=x');
    expect(
      [...container.querySelectorAll('*')].some(element =>
        [...element.attributes].some(({ name }) => name.startsWith('on'))
      )
    ).toBe(false);
  });

  it('arrow keys walk the messages', async () => {
    const model = new FakeModel(run, rows);
    const keys = new ViewKeys();
    const { container } = render(
      <KeysContext.Provider value={keys}>
        <MessagesView
          model={model as unknown as IRunModel}
          actions={actions}
          trans={trans}
        />
      </KeysContext.Provider>
    );
    await act(() => new Promise(resolve => setTimeout(resolve, 60)));
    const selected = (): string | null | undefined =>
      container
        .querySelector('[aria-selected=true]')
        ?.getAttribute('aria-label');
    act(() => void keys.run('down'));
    expect(selected()).toMatch(/^sync/);
    act(() => void keys.run('down'));
    expect(selected()).toMatch(/^answer/);
    act(() => void keys.run('up'));
    expect(selected()).toMatch(/^sync/);
    act(() => void keys.run('escape'));
    expect(container.querySelector('section')).toBeNull();
    expect(selected()).toMatch(/^sync/);
    act(() => void keys.run('escape'));
    expect(selected()).toBeUndefined();
    expect(keys.run('escape')).toBe(false);
  });

  it('goes to the moment that another view has chosen', async () => {
    const model = new FakeModel(run, rows);
    model.moment = { at: 91, seq: 3 };
    const container = await show(model);
    expect(
      container
        .querySelector('[aria-selected=true]')
        ?.getAttribute('aria-label')
    ).toMatch(/^answer/);
    expect(model.setMoment).not.toHaveBeenCalled();
  });

  it('has a table with the same content', async () => {
    const model = new FakeModel(run, rows);
    model.saved = { messages: { table: true } };
    const container = await show(model);
    expect(container.querySelector('[role=grid]')).not.toBeNull();
    expect(container.querySelectorAll('[role=columnheader]')).toHaveLength(6);
  });

  it('switches sorts off and on, and remembers it', async () => {
    const model = new FakeModel(run, rows);
    const container = await show(model);
    fireEvent.click(container.querySelector('[aria-label="control 2"]')!);
    await act(() => new Promise(resolve => setTimeout(resolve, 60)));
    expect(settingsFrom(model.saved.messages).control).toBe(false);
    expect(options(container)).toHaveLength(1);
  });
});

describe('settingsFrom', () => {
  it('takes what fits of anything', () => {
    expect(settingsFrom('x').by).toBe('events');
    expect(
      settingsFrom({ by: 'time', control: 'yes', hiddenTypes: [1, 'a'] })
    ).toMatchObject({ by: 'time', control: true, hiddenTypes: ['a'] });
    expect(settingsFrom({ eventsZoom: 99 }).eventsZoom).toBe(2);
  });
});
