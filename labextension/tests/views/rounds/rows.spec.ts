import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Row, RowPage } from '../../../src/hub/protocol';
import type { IRowHandlers, IRunModel } from '../../../src/tokens';
import { HubError } from '../../../src/hub/errors';
import { RowSource } from '../../../src/views/rounds/rows';

const metric = (seq: number): Row => ({
  seq,
  at: seq,
  kind: 'metric',
  node: 'a',
  body: { time: seq, name: 'loss', value: seq }
});

function setUp(pages: (after: number) => Promise<RowPage>) {
  let handlers: IRowHandlers | undefined;
  const dispose = vi.fn();
  const records = vi.fn((query: { after?: number }) => pages(query.after ?? 0));
  const model = {
    federation: { api: { records } },
    follow: (_: unknown, given: IRowHandlers) => {
      handlers = given;
      return { dispose, isDisposed: false };
    }
  } as unknown as IRunModel;
  const seen: number[] = [];
  const failed = vi.fn();
  const clear = vi.fn(() => seen.splice(0));
  const source = new RowSource(
    model,
    { task: 't', run: 1, kinds: ['metric'], after: 0 },
    { add: rows => seen.push(...rows.map(({ seq }) => seq)), clear, failed }
  );
  return { source, seen, failed, clear, records, dispose, feed: handlers! };
}

const page = (rows: readonly Row[], complete: boolean, next = 0): RowPage => ({
  rows,
  complete,
  next,
  number: 99
});

describe('RowSource', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('hands on what comes, each row once', async () => {
    const { seen, feed } = setUp(() => Promise.reject(new Error('not asked')));
    feed.following('h', 1);
    feed.rows([metric(1), metric(2)], 2, 0);
    feed.rows([metric(2), metric(3)], 3, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('reads what the feed left out, page by page, before what came after it', async () => {
    const { seen, feed, records } = setUp(after =>
      Promise.resolve(
        after === 0
          ? page([metric(1), metric(2)], false, 2)
          : page([metric(3)], true)
      )
    );
    feed.following('h', 9);
    feed.rows([], 5, 5);
    feed.rows([metric(6)], 6, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([1, 2, 3, 6]);
    expect(records.mock.calls.map(([query]) => query)).toMatchObject([
      { after: 0, before: 6 },
      { after: 2, before: 6 }
    ]);
  });

  it('says that it cannot, and tries again', async () => {
    let works = false;
    const { seen, feed, failed } = setUp(() =>
      works
        ? Promise.resolve(page([metric(1), metric(7)], true))
        : Promise.reject(new Error('busy'))
    );
    feed.following('h', 9);
    feed.rows([metric(7)], 7, 3);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([]);
    expect(failed).toHaveBeenLastCalledWith('busy');
    works = true;
    await vi.advanceTimersByTimeAsync(5000);
    expect(seen).toEqual([1, 7]);
    expect(failed).toHaveBeenLastCalledWith('');
  });

  it('does not repeat what is refused', async () => {
    const { records, feed, failed } = setUp(() =>
      Promise.reject(new HubError('http', '403 Forbidden', 403))
    );
    feed.following('h', 9);
    feed.rows([metric(7)], 7, 3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(failed).toHaveBeenLastCalledWith('403 Forbidden');
    expect(records).toHaveBeenCalledOnce();
  });

  it('begins anew with another hub', async () => {
    const { seen, feed, clear } = setUp(() => Promise.reject(new Error('')));
    feed.following('h', 9);
    feed.rows([metric(7)], 7, 0);
    await vi.advanceTimersByTimeAsync(0);
    feed.following('h', 9);
    expect(clear).not.toHaveBeenCalled();
    feed.following('other', 9);
    feed.rows([metric(1)], 1, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([1]);
  });

  it('ends with its view', async () => {
    const { source, seen, feed, dispose } = setUp(() =>
      Promise.resolve(page([metric(1)], true))
    );
    feed.following('h', 9);
    feed.rows([metric(7)], 7, 3);
    source.dispose();
    await vi.advanceTimersByTimeAsync(9000);
    expect(dispose).toHaveBeenCalled();
    expect(seen).toEqual([]);
  });
});
