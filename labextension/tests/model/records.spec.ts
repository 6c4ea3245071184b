import { describe, expect, it } from 'vitest';

import type { LogBody, Row, Traceback } from '../../src/hub/protocol';
import {
  asRecords,
  blamed,
  causesOf,
  errorKey,
  errorLine,
  isError,
  jsonOf,
  levelOf,
  levelWord,
  libraryOf,
  lineCount,
  MAX_ROW_TEXT,
  sourceOf,
  summaryOf,
  textOf,
  tracebackParts,
  type ILogRecord
} from '../../src/model/records';

function record(body: Partial<LogBody>, seq = 1, node = 'a'): ILogRecord {
  return {
    seq,
    at: 10,
    node,
    body: { time: 9, level: 20, text: 'hello', ...body }
  };
}

const TORCH = '/venv/lib/python3.11/site-packages/torch/nn/modules/module.py';

const TRACEBACK: Traceback = {
  type: 'RuntimeError',
  message: 'mat1 and mat2 shapes cannot be multiplied (1x320 and 30x50)',
  text: 'Traceback (most recent call last):\n  Cell In[4], line 4, in <module>\nRuntimeError: mat1\n',
  frames: [
    { function: '<module>', line: 4, file: 'Cell In[4]', user: true },
    { function: '_run', line: 9, file: '/x/alphamed_nb/alphafed/scheduler.py' },
    { function: 'go', line: 3, file: '/x/alphamed_nb/alphafed/fed_avg/a.py' },
    {
      function: 'train_an_epoch',
      line: 47,
      file: '/home/me/scheduler.py',
      user: true
    },
    { function: '_call_impl', line: 1, file: TORCH },
    {
      function: 'forward',
      line: 14,
      file: 'Cell In[2]',
      cell: 'c2',
      user: true
    },
    { function: 'forward', line: 2, file: TORCH }
  ]
};

describe('records', () => {
  it('takes only log rows', () => {
    const rows: Row[] = [
      {
        seq: 1,
        at: 1,
        kind: 'log',
        node: 'a',
        body: { time: 1, level: 20, text: 'x' }
      },
      {
        seq: 2,
        at: 1,
        kind: 'read',
        node: 'a',
        body: { event: 1 }
      }
    ];
    expect(asRecords(rows).map(found => found.seq)).toEqual([1]);
  });

  it.each([
    [10, 'debug', 'DEBUG'],
    [19, 'debug', 'DEBUG'],
    [20, 'info', 'INFO'],
    [25, 'info', 'INFO'],
    [30, 'warning', 'WARN'],
    [40, 'error', 'ERROR'],
    [50, 'error', 'CRITICAL']
  ])('names level %i', (level, name, word) => {
    expect(levelOf(level)).toBe(name);
    expect(levelWord(level)).toBe(word);
  });

  it('says where a record comes from', () => {
    expect(sourceOf(record({ source: 'stdout' }))).toBe('print');
    expect(sourceOf(record({ source: 'stderr' }))).toBe('stderr');
    expect(sourceOf(record({ module: 'scheduler', line: 88 }))).toBe(
      'scheduler:88'
    );
    expect(sourceOf(record({ module: '/a/b/warn.py', line: 8 }))).toBe(
      'warn:8'
    );
    expect(
      sourceOf(record({ source: 'traceback', traceback: TRACEBACK }))
    ).toBe('Cell In[2]:14');
    expect(sourceOf(record({ source: 'dropped' }))).toBe('');
  });

  it('counts dropped records as no error', () => {
    expect(isError(record({ level: 40 }))).toBe(true);
    expect(isError(record({ level: 40, source: 'dropped' }))).toBe(false);
    expect(isError(record({ level: 30 }))).toBe(false);
  });

  it('sums up many lines as one', () => {
    expect(summaryOf(record({ text: 'one' }))).toEqual({
      head: 'one',
      more: 0,
      foldable: false
    });
    expect(summaryOf(record({ text: 'one\ntwo\nthree\n' }))).toEqual({
      head: 'one',
      more: 2,
      foldable: true
    });
    expect(summaryOf(record({ traceback: TRACEBACK })).more).toBe(3);
    const long = summaryOf(record({ text: 'x'.repeat(100_000) }));
    expect(long.head.length).toBe(MAX_ROW_TEXT + 1);
    expect(long.foldable).toBe(true);
  });

  it('counts lines', () => {
    expect(lineCount('')).toBe(1);
    expect(lineCount('a\n')).toBe(1);
    expect(lineCount('a\nb')).toBe(2);
  });
});

describe('tracebacks', () => {
  it('blames the innermost frame of the user', () => {
    expect(blamed(TRACEBACK)?.file).toBe('Cell In[2]');
    expect(blamed({ type: 'E', message: '', text: '' })).toBeNull();
  });

  it('takes the frames of a library together', () => {
    const shown = tracebackParts(TRACEBACK).map(part =>
      part.kind === 'frame'
        ? [part.frame.file, part.blamed]
        : [part.library, part.frames.length]
    );
    expect(shown).toEqual([
      ['Cell In[4]', false],
      ['alphafed', 2],
      ['/home/me/scheduler.py', false],
      ['torch', 1],
      ['Cell In[2]', true],
      ['torch', 1]
    ]);
  });

  it('counts what was left out among the frames of a library', () => {
    const frame = { function: 'f', line: 1, file: TORCH };
    const [part] = tracebackParts({
      ...TRACEBACK,
      frames: [frame, { ...frame, repeated: 900, left_out: 20 }]
    });
    expect(part).toMatchObject({ library: 'torch', count: 922 });
  });

  it.each([
    [TORCH, 'torch'],
    ['/usr/lib/python3.11/threading.py', 'Python'],
    ['<frozen importlib._bootstrap>', 'Python'],
    ['/v/site-packages/alphamed_nb/node/link.py', 'alphamed_nb'],
    ['/v/site-packages/six.py', 'six'],
    ['C:\\v\\site-packages\\numpy\\core.py', 'numpy']
  ])('knows the library of %s', (file, library) => {
    expect(libraryOf(file)).toBe(library);
  });

  it('keeps what led to an error apart', () => {
    const text =
      'Traceback: first\nKeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback: second\nValueError: 2\n';
    expect(causesOf({ type: 'ValueError', message: '2', text })).toBe(
      'Traceback: first\nKeyError: 1'
    );
    expect(causesOf(TRACEBACK)).toBe('');
  });

  it('tells the same error in many nodes by type, message and place', () => {
    const one = record({ traceback: TRACEBACK }, 1, 'a');
    const two = record({ traceback: { ...TRACEBACK, text: 'other' } }, 2, 'b');
    const other = record(
      { traceback: { ...TRACEBACK, message: 'no' } },
      3,
      'c'
    );
    expect(errorKey(one)).toBe(errorKey(two));
    expect(errorKey(one)).not.toBe(errorKey(other));
    expect(errorKey(record({}))).toBeNull();
    expect(errorLine({ type: 'E', message: '', text: '' })).toBe('E');
  });
});

describe('files', () => {
  it('writes a record as text, with its traceback', () => {
    const text = textOf(
      record({ module: 'm', line: 3, level: 40, traceback: TRACEBACK }),
      at => `t${at}`
    );
    expect(text.split('\n')[0]).toBe('t9 a ERROR m:3 hello');
    expect(text).toContain('RuntimeError: mat1');
    expect(
      textOf(record({ source: 'dropped', dropped: 3 }), () => 't')
    ).toContain('3 records');
  });

  it('writes a record as one line of JSON that says it all', () => {
    const line = jsonOf(record({ text: 'a\nb' }, 7), { task: 't', run: 2 });
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      seq: 7,
      at: 10,
      kind: 'log',
      node: 'a',
      task: 't',
      run: 2,
      body: { time: 9, level: 20, text: 'a\nb' }
    });
  });
});
