import { describe, expect, it } from 'vitest';

import type { NodeView } from '../../src/hub/protocol';
import {
  expectedTotal,
  expressionError,
  hubLevel,
  hubText,
  hubNodes,
  isEmptyScope,
  isWholeScope,
  levelCounts,
  literalTest,
  NO_TEXT,
  occurrences,
  sameText,
  scopeKey,
  scopeOf,
  scopeTest,
  type IScope
} from '../../src/model/filters';
import { LEVELS, type ILogRecord } from '../../src/model/records';

function record(text: string, level = 20, node = 'a'): ILogRecord {
  return { seq: 1, at: 1, node, body: { time: 1, level, text } };
}

function member(node: string, levels: Record<string, number>): NodeView {
  return { node, levels } as unknown as NodeView;
}

const MEMBERS = [
  member('a', { '10': 3, '20': 5, '25': 1 }),
  member('b', { '20': 7, '40': 2, '50': 1 })
];

describe('scope', () => {
  it('is open when nothing is hidden', () => {
    const scope = scopeOf(['a', 'b'], new Set(['gone']), new Set(LEVELS));
    expect(scope).toEqual({ nodes: null, without: [], levels: null });
    expect(isWholeScope(scope)).toBe(true);
    expect(hubNodes(scope)).toEqual({});
    expect(scopeTest(scope)(record('x'))).toBe(true);
    expect(isEmptyScope(scope)).toBe(false);
  });

  it('leaves out hidden nodes and levels', () => {
    const scope = scopeOf(
      ['a', 'b'],
      new Set(['b']),
      new Set(['info', 'error'])
    );
    expect(scope).toEqual({
      nodes: ['a'],
      without: [],
      levels: ['info', 'error']
    });
    expect(hubNodes(scope)).toEqual({ nodes: ['a'] });
    const test = scopeTest(scope);
    expect(test(record('x', 20, 'a'))).toBe(true);
    expect(test(record('x', 50, 'a'))).toBe(true);
    expect(test(record('x', 30, 'a'))).toBe(false);
    expect(test(record('x', 20, 'b'))).toBe(false);
  });

  it('is empty without nodes or levels', () => {
    expect(isEmptyScope(scopeOf(['a'], new Set(['a']), new Set(LEVELS)))).toBe(
      true
    );
    expect(isEmptyScope(scopeOf(['a'], new Set(), new Set()))).toBe(true);
  });

  it('names the nodes that are fewer', () => {
    const many = Array.from({ length: 1000 }, (_, place) => `node ${place}`);
    const hidden = new Set(['node 3', 'node 5', 'elsewhere']);
    const most = scopeOf(many, hidden, new Set(LEVELS));
    expect(most.nodes).toBeNull();
    expect(hubNodes(most)).toEqual({ without: ['node 3', 'node 5'] });
    expect(isWholeScope(most)).toBe(false);
    expect(isEmptyScope(most)).toBe(false);
    const test = scopeTest(most);
    expect(test(record('x', 20, 'node 3'))).toBe(false);
    expect(test(record('x', 20, 'node 4'))).toBe(true);
    // The hub counts nodes that are new to it, too.
    expect(test(record('x', 20, 'new'))).toBe(true);
    const solo = scopeOf(many, new Set(many.slice(1)), new Set(LEVELS));
    expect(hubNodes(solo)).toEqual({ nodes: ['node 0'] });
    const half = scopeOf(many, new Set(many.slice(500)), new Set(LEVELS));
    expect(hubNodes(half)).toEqual({ nodes: many.slice(0, 500) });
    const none = scopeOf(many, new Set(many), new Set(LEVELS));
    expect(isEmptyScope(none)).toBe(true);
  });

  it('has a name', () => {
    const key = (part: Partial<IScope>) =>
      scopeKey({ nodes: null, without: [], levels: null, ...part });
    expect(key({ nodes: ['b', 'a'] })).toBe(key({ nodes: ['a', 'b'] }));
    expect(key({ without: ['b', 'a'] })).toBe(key({ without: ['a', 'b'] }));
    expect(key({})).not.toBe(key({ nodes: [] }));
    expect(key({ nodes: ['a'] })).not.toBe(key({ without: ['a'] }));
  });

  it('guesses how many records it has', () => {
    const total = (part: Partial<IScope>) =>
      expectedTotal(
        { nodes: null, without: [], levels: null, ...part },
        MEMBERS
      );
    expect(total({})).toBe(19);
    expect(total({ nodes: ['b'], levels: ['error'] })).toBe(3);
    expect(total({ without: ['b'] })).toBe(9);
    expect(levelCounts(MEMBERS, new Set(['a']))).toEqual({
      debug: 0,
      info: 7,
      warning: 0,
      error: 3
    });
  });
});

describe('text', () => {
  it('is looked for in tracebacks too, as the hub does', () => {
    const { body, ...rest } = record('ValueError: no');
    const traceback = { type: 'ValueError', message: 'no', text: 'line 7' };
    const failed = { ...rest, body: { ...body, traceback } };
    expect(literalTest({ ...NO_TEXT, text: 'LINE 7' })(failed)).toBe(true);
    expect(literalTest({ ...NO_TEXT, text: 'line 8' })(failed)).toBe(false);
  });

  it('is found as it stands', () => {
    const filter = { ...NO_TEXT, text: 'loss: (' };
    expect(literalTest(filter)(record('Loss: (1)'))).toBe(true);
    expect(
      literalTest({ ...filter, matchCase: true })(record('Loss: (1)'))
    ).toBe(false);
    expect(literalTest({ ...filter, exclude: true })(record('Loss: (1)'))).toBe(
      false
    );
    expect(literalTest(NO_TEXT)(record(''))).toBe(true);
  });

  it('never hides that records were dropped', () => {
    const dropped: ILogRecord = {
      ...record(''),
      body: { time: 1, level: 30, text: '', source: 'dropped', dropped: 4 }
    };
    expect(literalTest({ ...NO_TEXT, text: 'x' })(dropped)).toBe(true);
  });

  it('says where it occurs', () => {
    const filter = { ...NO_TEXT, text: 'ab' };
    expect(occurrences('AB cabab', filter)).toEqual([
      [0, 2],
      [4, 6],
      [6, 8]
    ]);
    expect(occurrences('ab', { ...filter, exclude: true })).toEqual([]);
    expect(occurrences('ab', { ...filter, regex: true })).toEqual([]);
    expect(occurrences('İab', filter)).toEqual([]); // places would be off
    expect(occurrences('ab'.repeat(99), filter, 3)).toHaveLength(3);
  });

  it('says what is wrong with an expression', () => {
    expect(expressionError({ ...NO_TEXT, text: '(', regex: true })).toMatch(
      /./
    );
    expect(expressionError({ ...NO_TEXT, text: '(', regex: false })).toBeNull();
    expect(expressionError({ ...NO_TEXT, text: 'a+', regex: true })).toBeNull();
  });

  it('compares filters', () => {
    expect(sameText(NO_TEXT, { ...NO_TEXT, regex: true })).toBe(true);
    const one = { ...NO_TEXT, text: 'a' };
    expect(sameText(one, { ...one, exclude: true })).toBe(false);
    expect(sameText(one, { ...one })).toBe(true);
  });

  it('is asked of the hub', () => {
    const filter = { ...NO_TEXT, text: 'a.b' };
    expect(hubText(NO_TEXT)).toEqual({});
    expect(hubText(filter)).toEqual({ text: 'a.b' });
    expect(hubText({ ...filter, matchCase: true })).toEqual({ regex: 'a\\.b' });
    expect(hubText({ ...filter, regex: true })).toEqual({ regex: '(?i)a.b' });
    expect(hubText({ ...filter, regex: true, matchCase: true })).toEqual({
      regex: 'a.b'
    });
    expect(hubText({ ...filter, exclude: true })).toEqual({});
    expect(hubLevel({ nodes: null, without: [], levels: null })).toBe(0);
    expect(
      hubLevel({ nodes: null, without: [], levels: ['error', 'warning'] })
    ).toBe(30);
  });
});
