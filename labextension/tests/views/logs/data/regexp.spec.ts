import { describe, expect, it, vi } from 'vitest';

import {
  Regexp,
  type IRegexpWorker
} from '../../../../src/views/logs/data/regexp';

/** A worker that answers when told to. */
class FakeWorker implements IRegexpWorker {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  posted: unknown[] = [];
  ended = false;

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  terminate(): void {
    this.ended = true;
  }

  answer(...found: number[]): void {
    this.onmessage?.({
      data: { found: Int32Array.from(found) }
    } as MessageEvent);
  }
}

function workers() {
  const made: FakeWorker[] = [];
  const start = () => {
    const worker = new FakeWorker();
    made.push(worker);
    return worker;
  };
  return { made, start };
}

describe('Regexp', () => {
  it('asks one question after another', async () => {
    const { made, start } = workers();
    const regexp = new Regexp(1000, start);
    const one = regexp.find('a', '', ['a']);
    const two = regexp.find('b', 'i', ['x', 'bb']);
    expect(made[0]!.posted).toHaveLength(1);
    made[0]!.answer(0, 0, 1);
    expect(await one).toEqual([{ index: 0, begin: 0, end: 1 }]);
    made[0]!.answer(1, 0, 1);
    expect(await two).toEqual([{ index: 1, begin: 0, end: 1 }]);
    expect(made).toHaveLength(1);
  });

  it('ends a worker that takes too long, and goes on with another', async () => {
    vi.useFakeTimers();
    try {
      const { made, start } = workers();
      const regexp = new Regexp(2000, start);
      const slow = regexp.find('(a+)+$', '', ['aaaa']);
      const failed = expect(slow).rejects.toMatchObject({ reason: 'slow' });
      vi.advanceTimersByTime(2001);
      await failed;
      expect(made[0]!.ended).toBe(true);
      const next = regexp.find('a', '', ['a']);
      made[1]!.answer();
      expect(await next).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks nothing any more once it is disposed of', async () => {
    const { made, start } = workers();
    const regexp = new Regexp(2000, start);
    const old = expect(regexp.find('a', '', ['a'])).rejects.toMatchObject({
      reason: 'disposed'
    });
    regexp.dispose();
    await old;
    expect(made[0]!.ended).toBe(true);
    await expect(regexp.find('a', '', ['a'])).rejects.toMatchObject({
      reason: 'disposed'
    });
    expect(made).toHaveLength(1);
  });

  it('says that there is no worker', async () => {
    const none = new Regexp(2000, () => {
      throw new Error('no workers here');
    });
    await expect(none.find('a', '', [])).rejects.toMatchObject({
      reason: 'unavailable',
      message: 'Error: no workers here'
    });
    const { made, start } = workers();
    const refused = new Regexp(2000, start);
    const asked = refused.find('a', '', []);
    made[0]!.onerror?.({ message: 'refused' } as ErrorEvent);
    await expect(asked).rejects.toMatchObject({
      reason: 'unavailable',
      message: 'refused'
    });
  });
});
