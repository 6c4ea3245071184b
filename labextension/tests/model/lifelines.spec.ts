import { describe, expect, it } from 'vitest';

import { columnsOf } from '../../src/model/columns';
import { barsOf } from '../../src/model/lifelines';
import { pathsOf } from '../../src/model/paths';
import { longestWait } from '../../src/model/waitNotes';
import { layOut } from '../../src/model/layOut';
import { MessageBook } from '../../src/model/messages';
import type { IArrival, Standing } from '../../src/model/arrivals';
import { event } from './messageRows';
import { member, message } from './runs';

const NONE = {
  hidden: new Set<string>(),
  keepHidden: false,
  picked: new Set<string>()
};

function nodes(count: number) {
  return Array.from({ length: count }, (_, n) => member(`n${n}`));
}

function arrival(target: string, standing: Standing = 'read'): IArrival {
  return { target, standing, at: 0, cause: '' };
}

describe('columnsOf', () => {
  it('spreads three nodes over the width', () => {
    const { columns, width, step } = columnsOf(nodes(3), NONE, 1026);
    expect(columns.map(({ x }) => x)).toEqual([204, 537, 870]);
    expect(width).toBe(1026);
    expect(step).toBe(333);
  });

  it('scrolls sideways where there is no room', () => {
    const { width } = columnsOf(nodes(12), NONE, 1026);
    expect(width).toBe(204 + 11 * 166 + 156);
  });

  it('stands closer where that spares scrolling', () => {
    const { columns, width } = columnsOf(nodes(4), NONE, 774);
    expect(width).toBe(774);
    expect(columns[0]?.x).toBe(150);
    expect(columns[3]?.x).toBe(774 - 106);
  });

  it('gives one node a line', () => {
    expect(columnsOf(nodes(1), NONE, 800).columns).toHaveLength(1);
  });

  it('leaves out hidden nodes', () => {
    const { columns } = columnsOf(
      nodes(3),
      { ...NONE, hidden: new Set(['n1']) },
      900
    );
    expect(columns.map(({ members }) => members[0]?.node)).toEqual([
      'n0',
      'n2'
    ]);
  });

  it('gathers many: aggregator, trouble and picks alone', () => {
    const many = nodes(100);
    many[0] = member('n0', { leads: true });
    many[7] = member('n7', { state: 'gone' });
    const { columns, placeOf } = columnsOf(
      many,
      { ...NONE, picked: new Set(['n50']) },
      1026
    );
    expect(columns).toHaveLength(4);
    expect(columns[3]?.members).toHaveLength(97);
    expect(columns[3]?.group).toBe(true);
    expect(placeOf.get('n99')).toBe(3);
    expect(placeOf.get('n50')).toBe(2);
  });
});

describe('pathsOf', () => {
  const columns = columnsOf(nodes(4), NONE, 1026);

  it('goes to both sides, the nearest stop first', () => {
    const paths = pathsOf(
      'n1',
      [arrival('n3', 'stuck'), arrival('n0'), arrival('n2')],
      columns
    );
    expect(paths?.left.map(({ place }) => place)).toEqual([0]);
    expect(
      paths?.right.map(({ place, standing }) => [place, standing])
    ).toEqual([
      [2, 'read'],
      [3, 'stuck']
    ]);
    expect(paths?.self).toBeNull();
  });

  it('comes back to the sender', () => {
    expect(pathsOf('n1', [arrival('n1')], columns)?.self?.place).toBe(1);
  });

  it('has none without the line of the sender, and no stop without that of a receiver', () => {
    expect(pathsOf('x', [arrival('n1')], columns)).toBeNull();
    expect(pathsOf('n0', [arrival('x')], columns)?.right).toEqual([]);
  });

  it('shows the worst of several nodes on one line', () => {
    const many = columnsOf(nodes(60), NONE, 1026);
    const [stop] = [
      pathsOf('n0', [arrival('n1'), arrival('n2', 'stuck')], many)?.self
    ];
    expect(stop?.standing).toBe('stuck');
    expect(stop?.arrivals).toHaveLength(2);
  });
});

describe('barsOf', () => {
  const book = new MessageBook();
  book.add([event(1, 10, 'a', ['b'], 'x'), event(2, 20, 'b', ['a'], 'y')]);
  const diagram = layOut(
    {
      items: book.items,
      rounds: [],
      presences: [],
      waits: [],
      asOf: null,
      begin: 0,
      end: 30,
      live: true
    },
    { by: 'events', zoom: 1 }
  );
  const node = member('a', {
    intervals: [
      ['sending', '', 1, 10, 10.1, 1],
      ['training', '', 1, 10.5, 19, 2],
      ['waiting', '', 1, 21, 0, 3]
    ]
  });

  it('shows what took a while, and what goes on', () => {
    const bars = barsOf(node, diagram, [0, 500], 'events', 30);
    expect(bars.map(({ activity, end }) => [activity, end])).toEqual([
      ['training', 19],
      ['waiting', Infinity]
    ]);
  });

  it('only in the window', () => {
    const [top] = [diagram.heightAt(22)];
    const bars = barsOf(node, diagram, [top, 500], 'events', 30);
    expect(bars.map(({ activity }) => activity)).toEqual(['waiting']);
  });
});

describe('longestWait', () => {
  const note = (at: number, name: string) => ({
    at,
    seq: at,
    whom: [],
    awaited: name === '' ? null : message(name),
    since: at,
    expected: 0
  });

  it('is the one in which most of the time went', () => {
    const notes = [note(1, 'a'), note(2, 'b'), note(8, ''), note(9, 'c')];
    expect(longestWait(notes, 1, 9)?.awaited?.name).toBe('b');
    expect(longestWait(notes, 1, 2)?.awaited?.name).toBe('a');
    expect(longestWait(notes, 9, 20)?.awaited?.name).toBe('c');
    expect(longestWait([], 0, 9)).toBeNull();
  });
});
