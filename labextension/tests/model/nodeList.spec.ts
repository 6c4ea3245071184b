import { describe, expect, it } from 'vitest';
import type { INodeQuestion } from '../../src/model/nodeList';
import { listNodes } from '../../src/model/nodeList';
import { absent, attempt, failed, node, round, run, span } from './runs';

const trains = (id: string, index: number, end = 0) =>
  node(id, { index, round: 1, intervals: [span('training', 100, end)] });
const state = run(
  [
    trains('aa', 0, 102),
    trains('ab', 1, 102),
    trains('slow', 2),
    failed('bad', 'E', ''),
    absent('away')
  ],
  { attempts: [attempt({ rounds: [round(1, 100)] })] }
);
const ask = (question: Partial<INodeQuestion>) =>
  listNodes(state, 110, {
    filter: 'all',
    sort: 'problems',
    text: '',
    ...question
  });
const ids = (question: Partial<INodeQuestion>) =>
  ask(question).rows.map(item => item.node.node);

describe('listNodes', () => {
  it('has chips that add up', () => {
    const { chips } = ask({});
    expect(chips).toEqual([
      { filter: 'all', count: 5 },
      { filter: 'failed', count: 1 },
      { filter: 'not up', count: 1 },
      { filter: 'slow', count: 1 },
      { filter: 'training', count: 2 }
    ]);
  });

  it('orders by trouble or by number', () => {
    expect(ids({})).toEqual(['bad', 'away', 'slow', 'aa', 'ab']);
    expect(ids({ sort: 'number' })).toEqual([
      'aa',
      'ab',
      'slow',
      'bad',
      'away'
    ]);
  });

  it('finds by state, part of an id, or number', () => {
    expect(ids({ filter: 'slow' })).toEqual(['slow']);
    expect(ids({ text: 'A' })).toEqual(['bad', 'away', 'aa', 'ab']);
    expect(ids({ text: '#1' })).toEqual(['ab']);
    expect(ids({ text: 'nobody' })).toEqual([]);
  });
});
