import { describe, expect, it } from 'vitest';

import type { Row } from '../../src/hub/protocol';
import {
  arrivalsOf,
  endOf,
  isUnread,
  situationOf,
  type ISituation
} from '../../src/model/arrivals';
import { chooseItems, type IChoice } from '../../src/model/messageChoice';
import type { IMessage, IStream } from '../../src/model/messageItems';
import { MessageBook } from '../../src/model/messages';
import { event, offer, read, state } from './messageRows';
import { blankRun, member, message, stream } from './runs';

const LIVE: ISituation = { asOf: null, ended: false, stuck: new Set() };
const ALL: IChoice = {
  control: true,
  streams: true,
  handshake: true,
  unread: false,
  hiddenTypes: new Set(),
  hiddenNodes: new Set(),
  only: null
};

function bookOf(...rows: Row[]): MessageBook {
  const book = new MessageBook();
  book.add(rows);
  return book;
}

describe('MessageBook', () => {
  it('tells who read a message, and when', () => {
    const book = bookOf(
      event(5, 1, 'a', ['b', 'c'], 'sync'),
      read(6, 1.5, 'c', 5),
      read(9, 2, 'x', 5)
    );
    const [message] = book.items;
    expect(arrivalsOf(message!, LIVE)).toEqual([
      { target: 'b', standing: 'pending', at: 1, cause: '' },
      { target: 'c', standing: 'read', at: 1.5, cause: '' }
    ]);
    expect(isUnread(message!, null)).toBe(true);
  });

  it('counts the first of two reads of a message that was given back', () => {
    const book = bookOf(
      event(1, 1, 'a', ['b'], 'sync'),
      read(2, 2, 'b', 1),
      read(3, 7, 'b', 1)
    );
    expect((book.items[0] as IMessage).reads).toEqual([2, 2]);
  });

  it('takes a row once, and leaves out reads of messages of another run', () => {
    const book = bookOf(event(3, 1, 'a', ['b'], 'sync'));
    book.add([event(3, 1, 'a', ['b'], 'sync'), read(4, 2, 'b', 1)]);
    expect(book.items).toHaveLength(1);
    expect(book.last).toBe(4);
  });

  it('makes one stream of the offers of a batch', () => {
    const book = bookOf(
      offer(1, 1, 'a', 'b', 'offered', 'o1', 's'),
      offer(2, 1, 'a', 'c', 'offered', 'o2', 's'),
      offer(3, 1.2, 'a', 'b', 'reading', 'o1', 's'),
      offer(4, 1.5, 'a', 'b', 'taken', 'o1', 's'),
      offer(5, 1.6, 'a', 'c', 'denied', 'o2', 's', 'another round')
    );
    const streams = book.items.filter(
      (item): item is IStream => item.kind === 'stream'
    );
    expect(streams).toHaveLength(1);
    expect(streams[0]!.seq).toBe(1);
    expect(arrivalsOf(streams[0]!, LIVE)).toEqual([
      { target: 'b', standing: 'read', at: 1.5, cause: '' },
      { target: 'c', standing: 'denied', at: 1.6, cause: 'another round' }
    ]);
    expect(endOf(streams[0]!, null)).toBe(1.6);
    const steps = book.items.filter(item => item.kind === 'step');
    expect(
      steps.map(step => [step.state, step.from, step.targets.join()])
    ).toEqual([
      ['offered', 'a', 'b,c'],
      ['reading', 'b', 'a'],
      ['taken', 'b', 'a'],
      ['denied', 'c', 'a']
    ]);
  });

  it('lets the sender withdraw', () => {
    const book = bookOf(
      offer(1, 1, 'a', 'b', 'offered', 'o1', 's'),
      offer(2, 9, 'a', 'b', 'withdrawn', 'o1', 's', 'too late')
    );
    expect(book.items[2]).toMatchObject({ from: 'a', targets: ['b'] });
    expect(isUnread(book.items[1]!, null)).toBe(false);
  });

  it('takes the messages of a data channel for a handshake', () => {
    const book = bookOf(event(1, 1, 'a', ['b'], 'apply_sf_sending_data'));
    expect(book.items[0]).toMatchObject({ handshake: true });
  });

  it('knows what a node waited for', () => {
    const book = bookOf(
      state(1, 1, 'a', {
        whom: ['b', 'c'],
        ...stream('update', 1),
        expected: 2
      }),
      state(2, 2, 'a', { arrived: ['b'] }),
      state(3, 3, 'a', null),
      state(4, 4, 'a', null)
    );
    expect(
      book.waits('a').map(({ at, awaited }) => [at, awaited?.name])
    ).toEqual([
      [1, 'update'],
      [3, undefined]
    ]);
    expect(book.waits('b')).toEqual([]);
  });

  it('folds 100,000 messages', () => {
    const rows: Row[] = [];
    for (let n = 0; n < 100_000; n++) {
      rows.push(event(2 * n + 1, n / 100, 'a', ['b'], `type ${n % 7}`));
      rows.push(read(2 * n + 2, n / 100, 'b', 2 * n + 1));
    }
    const book = new MessageBook();
    for (let from = 0; from < rows.length; from += 1000) {
      book.add(rows.slice(from, from + 1000));
    }
    const { counts } = chooseItems(book.items, ALL, LIVE);
    expect(counts).toMatchObject({ control: 100_000, unread: 0 });
    expect((book.items[0] as IMessage).targets).toBe(
      (book.items[1] as IMessage).targets
    );
  });
});

describe('as of a number', () => {
  const book = bookOf(
    event(1, 1, 'a', ['b'], 'sync'),
    offer(2, 2, 'a', 'b', 'offered', 'o1', 's'),
    offer(3, 2, 'a', 'c', 'offered', 'o2', 's'),
    read(4, 3, 'b', 1),
    offer(5, 4, 'a', 'b', 'taken', 'o1', 's'),
    event(6, 5, 'b', ['a'], 'answer')
  );

  it('later rows do not count', () => {
    const { items, counts } = chooseItems(book.items, ALL, {
      ...LIVE,
      asOf: 3
    });
    expect(counts).toEqual({
      control: 1,
      streams: 1,
      handshake: 1,
      unread: 2,
      stuck: 0,
      total: 3
    });
    expect(items.map(item => item.kind)).toEqual(['message', 'step', 'stream']);
    expect(
      arrivalsOf(items[2]!, { ...LIVE, asOf: 3 }).map(a => a.standing)
    ).toEqual(['pending', 'pending']);
  });

  it('a target that was offered later is not there', () => {
    expect(arrivalsOf(book.items[2]!, { ...LIVE, asOf: 2 })).toHaveLength(1);
  });

  it('a message read later is not read', () => {
    expect(isUnread(book.items[0]!, 3)).toBe(true);
    expect(isUnread(book.items[0]!, 4)).toBe(false);
  });
});

describe('what stands out', () => {
  const book = bookOf(event(1, 100, 'a', ['b'], 'sync'));
  const standing = (situation: ISituation): string =>
    arrivalsOf(book.items[0]!, situation)[0]!.standing;

  it.each(['absent', 'gone', 'failed'] as const)('receiver %s', presence => {
    const run = blankRun([member('a'), member('b', { state: presence })]);
    expect(standing(situationOf(run, null, 101))).toBe('stuck');
  });

  it.each(['up', 'ended', 'stopped'] as const)('not: receiver %s', presence => {
    const run = blankRun([member('a'), member('b', { state: presence })]);
    expect(standing(situationOf(run, null, 101))).toBe('pending');
  });

  it('another node has waited over 2 s for its answer', () => {
    const wait = {
      whom: ['b'],
      ...message('answer'),
      since: 100,
      limit: null,
      arrived: [] as string[],
      expected: 1
    };
    const run = blankRun([member('a', { wait }), member('b')]);
    expect(standing(situationOf(run, null, 101.9))).toBe('pending');
    expect(standing(situationOf(run, null, 102.1))).toBe('stuck');
    const answered = { ...wait, arrived: ['b'] };
    expect(
      standing(
        situationOf(blankRun([member('a', { wait: answered })]), null, 110)
      )
    ).toBe('pending');
  });

  it('after the end nothing does', () => {
    const run = blankRun([member('a'), member('b', { state: 'gone' })], {
      ended: 105
    });
    expect(standing(situationOf(run, null, 110))).toBe('never');
  });
});

describe('chooseItems', () => {
  const book = bookOf(
    event(1, 1, 'a', ['b', 'c'], 'sync'),
    event(2, 1, 'b', ['a'], 'answer'),
    event(3, 1, 'c', ['a'], 'answer'),
    read(4, 2, 'a', 3)
  );
  const chosen = (choice: Partial<IChoice>): number[] =>
    chooseItems(book.items, { ...ALL, ...choice }, LIVE).items.map(
      ({ seq }) => seq
    );

  it('leaves out event types', () => {
    expect(chosen({ hiddenTypes: new Set(['answer']) })).toEqual([1]);
  });

  it('leaves out what only hidden nodes send or get', () => {
    expect(chosen({ hiddenNodes: new Set(['c']) })).toEqual([1, 2]);
  });

  it('keeps all that touches the only node', () => {
    expect(chosen({ hiddenNodes: new Set(['a', 'b']), only: 'c' })).toEqual([
      1, 3
    ]);
  });

  it('counts what stands out', () => {
    const situation = { ...LIVE, stuck: new Set(['a']) };
    expect(chooseItems(book.items, ALL, situation).counts).toMatchObject({
      unread: 2,
      stuck: 1
    });
  });

  it('keeps only what is not read', () => {
    expect(chosen({ unread: true })).toEqual([1, 2]);
  });
});

describe('a message to many nodes', () => {
  it('is read by each of them in its own place', () => {
    const targets = Array.from({ length: 40 }, (_, place) => `n${place}`);
    const book = new MessageBook();
    book.add([
      event(1, 1, 'a', targets, 'x'),
      event(2, 1, 'a', targets, 'y'),
      read(3, 5, 'n39', 2),
      read(4, 6, 'n0', 1),
      read(5, 7, 'somebody else', 1)
    ]);
    const reads = book.items.map(item =>
      item.kind === 'message'
        ? item.reads.flatMap((value, place) =>
            value > 0 ? [place, value] : []
          )
        : []
    );
    expect(reads).toEqual([
      [0, 4, 1, 6],
      [78, 3, 79, 5]
    ]);
  });
});

describe('when it was sent', () => {
  it('is what the row says; 0 where it says nothing', () => {
    const book = new MessageBook();
    book.add([
      event(1, 10, 'a', ['b'], 'x', 9.75),
      event(2, 11, 'a', ['b'], 'x')
    ]);
    const sent = book.items.map(item => item.kind === 'message' && item.sent);
    expect(sent).toEqual([9.75, 0]);
  });
});
