import type { TranslationBundle } from '@jupyterlab/translation';
import { cleanup, fireEvent, render } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { LogBody, Traceback } from '../../../src/hub/protocol';
import { NO_TEXT } from '../../../src/model/filters';
import { DroppedRow, RecordRow } from '../../../src/views/logs/LogRow';
import { RecordDetail } from '../../../src/views/logs/RecordDetail';
import { TracebackView } from '../../../src/views/logs/TracebackView';

const fill = (text: string, ...args: unknown[]) =>
  text.replace(/%(\d+)/g, (whole, n) => String(args[Number(n) - 1] ?? whole));
const trans = {
  __: fill,
  _n: (one: string, many: string, n: number, ...args: unknown[]) =>
    fill(n === 1 ? one : many, n, ...args)
} as unknown as TranslationBundle;
const names = { number: () => 1, short: (id: string) => id };

const PAYLOADS = [
  '<script>window.hacked = true</script>',
  '<img src=x onerror="window.hacked = true">',
  '<style>* { display: none }</style>',
  '<a href="javascript:window.hacked = true">click</a>',
  '\u001b[31m<b onclick="window.hacked = true">\u001b[0m',
  '\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007',
  '\u001b[38;2;1;2;3;background:url(http://evil/)mx',
  '"><iframe src="http://evil/">'
];

afterEach(cleanup);

function traceback(text: string): Traceback {
  return {
    type: text,
    message: text,
    text,
    frames: [
      { function: text, line: 1, file: text, code: text, user: true },
      { function: text, line: 1, file: text, code: text },
      { function: text, line: 2, file: `Cell ${text}`, cell: text, user: true }
    ]
  };
}

function rowOf(body: Partial<LogBody>, node = 'a', more = {}) {
  const actions = { select: vi.fn(), toggle: vi.fn(), open: vi.fn() };
  const shown = render(
    <RecordRow
      record={{
        seq: 7,
        at: 1,
        node,
        body: { time: 1, level: 20, text: 'x', ...body }
      }}
      place={3}
      total={9}
      selected={false}
      unfolded={true}
      filter={NO_TEXT}
      match={null}
      names={names}
      actions={actions}
      trans={trans}
      {...more}
    />
  );
  return { ...shown, actions };
}

/** Nothing but our own elements and attributes. */
function expectHarmless(container: HTMLElement): void {
  expect(
    container.querySelectorAll('script, style, img, iframe, a, b, link').length
  ).toBe(0);
  for (const element of container.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on|^href$|^src$/);
      if (name === 'style') {
        expect(value).not.toMatch(/url|expression/);
      }
    }
  }
  expect((window as { hacked?: boolean }).hacked).toBeUndefined();
}

describe('hostile input', () => {
  it.each(PAYLOADS)('is only ever text: %j', payload => {
    const { container } = rowOf(
      {
        text: `${payload}\n${payload}`,
        level: 40,
        module: payload,
        traceback: traceback(payload)
      },
      payload
    );
    expectHarmless(container);
    for (const fold of container.querySelectorAll<HTMLElement>(
      '.jp-alphamed-Traceback-fold'
    )) {
      fireEvent.click(fold);
    }
    expectHarmless(container);
  });

  it('says how much of a long traceback is left out', () => {
    const frame = { function: 'f', line: 1, user: true };
    const { container } = render(
      <TracebackView
        traceback={{
          type: 'E',
          message: '',
          text: '',
          frames: [
            { ...frame, repeated: 900 },
            { ...frame, left_out: 20 }
          ]
        }}
        onOpen={() => undefined}
        trans={trans}
      />
    );
    expect(container.textContent).toContain(
      '[Previous line repeated 900 more times]'
    );
    expect(container.textContent).toContain('[20 frames are left out]');
  });

  it.each(PAYLOADS)('is only ever text in the details: %j', payload => {
    const nothing = () => undefined;
    const { container } = render(
      <RecordDetail
        record={{
          seq: 1,
          at: 1,
          node: payload,
          body: {
            time: 1,
            level: 40,
            text: payload,
            logger: payload,
            module: payload,
            function: payload,
            notebook: payload,
            kernel: payload,
            cell: payload,
            traceback: traceback(payload)
          }
        }}
        run={{ task: payload, run: 1 }}
        member={null}
        same={[
          [payload, 1],
          ['b', 2]
        ]}
        names={names}
        onClose={nothing}
        onOpen={nothing}
        opens={() => 'cell'}
        onReveal={nothing}
        onCopy={nothing}
        onMessages={nothing}
        onAsOf={nothing}
        trans={trans}
      />
    );
    for (const button of container.querySelectorAll('button')) {
      fireEvent.click(button);
    }
    expectHarmless(container);
  });
});

describe('a row', () => {
  it('says its place in the whole task', () => {
    const { getByRole } = rowOf({});
    const row = getByRole('row');
    expect(row.getAttribute('aria-posinset')).toBe('3');
    expect(row.getAttribute('aria-setsize')).toBe('9');
  });

  it('marks what was looked for', () => {
    const { container } = rowOf({ text: 'a Loss b loss' }, 'a', {
      filter: { ...NO_TEXT, text: 'loss' }
    });
    const marks = [...container.querySelectorAll('mark')];
    expect(marks.map(mark => mark.textContent)).toEqual(['Loss', 'loss']);
  });

  it('marks across colours', () => {
    const { container } = rowOf({ text: 'lo\u001b[31mss 1\u001b[0m' }, 'a', {
      filter: { ...NO_TEXT, text: 'loss' }
    });
    const marks = [...container.querySelectorAll('mark')];
    expect(marks.map(mark => mark.textContent)).toEqual(['lo', 'ss']);
    expect(
      container.querySelector('.jp-alphamed-ansi-red mark')
    ).not.toBeNull();
  });

  it('folds many lines, and tells how many', () => {
    const { container, actions } = rowOf({ text: 'one\ntwo\nthree' }, 'a', {
      unfolded: false
    });
    expect(container.textContent).not.toContain('two');
    const pill = container.querySelector<HTMLElement>('.jp-alphamed-Logs-more');
    expect(pill?.textContent).toBe('+2 lines');
    fireEvent.click(pill!);
    expect(actions.toggle).toHaveBeenCalledWith(7);
    expect(actions.select).not.toHaveBeenCalled();
  });

  it('tells of dropped records, between which times', () => {
    const { container } = render(
      <DroppedRow
        record={{
          seq: 1,
          at: 1,
          node: 'n',
          body: {
            time: 5,
            level: 30,
            text: '',
            source: 'dropped',
            dropped: 1204
          }
        }}
        place={1}
        total={1}
        selected={false}
        since={2}
        names={names}
        actions={{ select: vi.fn(), toggle: vi.fn(), open: vi.fn() }}
        trans={trans}
      />
    );
    expect(container.textContent).toMatch(
      /^1,204 records of n were dropped between .*02\.0 and .*05\.0: it logged/
    );
  });
});

describe('a traceback', () => {
  const frames = [
    {
      function: '<module>',
      line: 4,
      file: 'Cell In[4]',
      user: true,
      code: 'go()'
    },
    {
      function: 'f',
      line: 9,
      file: '/v/site-packages/torch/a.py',
      code: 'lib()'
    },
    {
      function: 'f',
      line: 8,
      file: '/v/site-packages/torch/b.py',
      code: 'lib()'
    }
  ];

  it('folds what is not the user’s, and opens what is', () => {
    const open = vi.fn();
    const { container, getByText } = render(
      <TracebackView
        traceback={{ type: 'E', message: 'why', text: '', frames }}
        onOpen={open}
        trans={trans}
      />
    );
    expect(container.textContent).not.toContain('lib()');
    fireEvent.click(getByText(/2 frames of torch/));
    expect(container.textContent).toContain('lib()');
    fireEvent.click(getByText('Cell In[4], line 4'));
    expect(open).toHaveBeenCalledWith(frames[0]);
    expect(container.querySelector('.jp-mod-blamed')?.textContent).toBe(
      '----> 4 go()'
    );
    expect(
      container.querySelector('.jp-alphamed-Traceback-error')?.textContent
    ).toBe('E: why');
  });

  it('shows the text where there are no frames', () => {
    const { container } = render(
      <TracebackView
        traceback={{
          type: 'SyntaxError',
          message: 'bad',
          text: 'line ^ bad\n'
        }}
        onOpen={vi.fn()}
        trans={trans}
      />
    );
    expect(container.textContent).toBe('line ^ bad');
  });
});
