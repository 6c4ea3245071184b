import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { HubError } from '../../../../src/hub/errors';
import type { LinePage } from '../../../../src/hub/protocol';
import { PageLoader } from '../../../../src/views/logs/data/pages';

const PAGE: LinePage = { rows: [], offset: 0, total: 0, number: 0 };
const MINUTE = 60_000;

let error: unknown;
const ask = vi.fn((): Promise<LinePage> => {
  return error === null ? Promise.resolve(PAGE) : Promise.reject(error);
});
const failed = vi.fn();
let loader: PageLoader;

beforeEach(() => {
  vi.useFakeTimers();
  ask.mockClear();
  failed.mockClear();
  loader = new PageLoader(ask, () => {}, failed);
});

afterEach(() => {
  loader.dispose();
  vi.useRealTimers();
});

describe('PageLoader', () => {
  it('asks again for what failed while it is wanted', async () => {
    error = new HubError('http', '500 Broken', 500);
    loader.want([[0, 10]]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(ask.mock.calls.length).toBeGreaterThan(10);
    ask.mockClear();
    loader.want([]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(ask).not.toHaveBeenCalled();
  });

  it.each([401, 403])('does not repeat what is refused: %d', async status => {
    error = new HubError('http', 'Forbidden', status);
    loader.want([[0, 10]]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    loader.want([[0, 10]]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(ask).toHaveBeenCalledOnce();
    expect(failed).toHaveBeenCalledOnce();
    // Somebody goes elsewhere, and comes back.
    loader.want([[10, 10]]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(ask).toHaveBeenCalledTimes(2);
    loader.want([[0, 10]]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(ask).toHaveBeenCalledTimes(3);
    loader.retry();
    loader.want([[0, 10]]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(ask).toHaveBeenCalledTimes(4);
  });
});
