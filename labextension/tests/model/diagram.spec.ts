import { describe, expect, it } from 'vitest';

import type { AttemptView } from '../../src/hub/protocol';
import { rowsBetween } from '../../src/model/diagram';
import { layOut, type IDiagramParts } from '../../src/model/layOut';
import {
  lostAt,
  presenceRows,
  roundRows,
  waitRows
} from '../../src/model/diagramRows';
import { MessageBook } from '../../src/model/messages';
import { event, offer } from './messageRows';
import { JOIN, member } from './runs';

const EVENTS = { by: 'events', zoom: 1 } as const;

function partsOf(
  book: MessageBook,
  parts: Partial<IDiagramParts> = {}
): IDiagramParts {
  return {
    items: book.items,
    rounds: [],
    presences: [],
    waits: [],
    asOf: null,
    begin: 0,
    end: book.items[book.items.length - 1]?.at ?? 0,
    live: true,
    ...parts
  };
}

function attempt(...begins: [number, number][]): AttemptView {
  return {
    attempt: 'n',
    leader: 'a',
    scheduler: 'S',
    max_rounds: 0,
    seq: 1,
    begin: 0,
    rounds: begins.map(([seq, begin], place) => ({
      round: place + 1,
      seq,
      begin,
      left_out: [],
      streams: 0,
      bytes: 0,
      updates: 0,
      expected: 0
    }))
  } as unknown as AttemptView;
}

describe('by events', () => {
  const book = new MessageBook();
  book.add([
    event(10, 100, 'a', ['b'], 'sync'),
    offer(20, 100.01, 'a', 'b', 'offered', 'o', 's'),
    offer(21, 100.2, 'a', 'b', 'taken', 'o', 's'),
    event(30, 106.1, 'b', ['a'], 'done'),
    event(40, 106.6, 'a', ['b'], 'sync')
  ]);
  const items = book.items.filter(item => item.kind !== 'step');

  it('folds idle time, counted from the end of what was under way', () => {
    const { rows } = layOut(partsOf(book, { items, end: 106.6 }), EVENTS);
    expect(rows.map(row => row.kind)).toEqual([
      'message',
      'stream',
      'idle',
      'message',
      'idle',
      'message'
    ]);
    expect(rows[2]).toMatchObject({ from: 100.2, to: 106.1, short: false });
    expect(rows[4]).toMatchObject({ short: true });
  });

  it('puts rounds before their messages', () => {
    const rounds = roundRows([attempt([9, 99.99], [30, 106.1])]);
    const { rows } = layOut(partsOf(book, { items, rounds }), EVENTS);
    expect(rows.map(row => row.kind)).toEqual([
      'round',
      'message',
      'stream',
      'idle',
      'round',
      'message',
      'idle',
      'message'
    ]);
  });

  it('maps times to heights that never go back', () => {
    const diagram = layOut(partsOf(book, { items, end: 120 }), EVENTS);
    let before = -1;
    for (let time = 99; time < 121; time += 0.05) {
      const height = diagram.heightAt(time);
      expect(height).toBeGreaterThanOrEqual(before);
      before = height;
    }
    const idle = 2;
    const middle = diagram.heightAt((100.2 + 106.1) / 2);
    expect(middle).toBeGreaterThan(diagram.tops[idle]!);
    expect(middle).toBeLessThan(diagram.tops[idle + 1]!);
    expect(diagram.timeAt(middle)).toBeCloseTo((100.2 + 106.1) / 2, 3);
  });

  it('ends with the time since the last message', () => {
    const live = layOut(partsOf(book, { items, end: 118.6 }), EVENTS);
    expect(live.rows[live.rows.length - 1]).toMatchObject({
      kind: 'idle',
      from: 106.6,
      to: 0
    });
    const over = layOut(
      partsOf(book, { items, end: 118.6, live: false }),
      EVENTS
    );
    expect(over.rows[over.rows.length - 1]).toMatchObject({ to: 118.6 });
  });

  it('zooms the rows of messages', () => {
    const { tops } = layOut(partsOf(book, { items }), {
      by: 'events',
      zoom: 2
    });
    expect(tops[1]! - tops[0]!).toBe(50);
  });

  it('finds the rows of a window among 100,000', () => {
    const many = new MessageBook();
    many.add(
      Array.from({ length: 100_000 }, (_, n) =>
        event(n + 1, n / 100, 'a', ['b'], 'x')
      )
    );
    const diagram = layOut(partsOf(many), EVENTS);
    const [first, last] = rowsBetween(diagram, 1_000_000, 1_000_500);
    expect(diagram.tops[first]).toBeLessThanOrEqual(1_000_000);
    expect(diagram.tops[last]).toBeGreaterThanOrEqual(1_000_500);
    expect(last - first).toBeLessThan(25);
  });

  it('is empty without rows', () => {
    const diagram = layOut(partsOf(new MessageBook(), { end: 5 }), EVENTS);
    expect(diagram.rows).toEqual([]);
    expect(diagram.height).toBe(0);
    expect(rowsBetween(diagram, 0, 500)).toEqual([0, 0]);
  });
});

describe('by time', () => {
  it('gives each second the same height', () => {
    const book = new MessageBook();
    book.add([
      event(1, 10, 'a', ['b'], 'x'),
      event(2, 11, 'a', ['b'], 'x'),
      event(3, 20, 'a', ['b'], 'x')
    ]);
    const { lines, heightAt } = layOut(partsOf(book, { begin: 10, end: 20 }), {
      by: 'time',
      zoom: 30
    });
    expect(lines[1]! - lines[0]!).toBe(30);
    expect(lines[2]! - lines[1]!).toBe(270);
    expect(heightAt(15)).toBe(lines[0]! + 150);
  });
});

describe('rows of nodes', () => {
  it('lost ones have theirs at the time they were lost', () => {
    const gone = member('b', { state: 'gone', ended: 50 });
    const failed = member('c', {
      state: 'failed',
      ended: 60,
      intervals: [['failed', '', 1, 40, 60, 7]]
    });
    expect(
      presenceRows([member('a'), gone, failed]).map(({ at }) => at)
    ).toEqual([40, 50]);
    expect(lostAt(member('a', { state: 'ended', ended: 9 }))).toBe(Infinity);
  });

  it('waits for a node that is not up point at it', () => {
    const wait = {
      whom: ['b', 'c'],
      ...JOIN,
      since: 1,
      limit: null,
      arrived: ['c'],
      expected: 2
    };
    const members = [
      member('a', { wait }),
      member('b', { state: 'absent' }),
      member('c')
    ];
    expect(waitRows(members)).toMatchObject([
      { kind: 'wait', at: 1, node: 'a', whom: ['b'], awaited: JOIN }
    ]);
  });

  it('attempts are numbered where there are several', () => {
    const rows = roundRows([attempt([5, 1]), attempt([9, 2])]);
    expect(rows.map(({ round, attempt: number }) => [round, number])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2]
    ]);
  });
});
