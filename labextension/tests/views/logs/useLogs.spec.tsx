import { act, cleanup, renderHook } from '@testing-library/react';
import { Signal } from '@lumino/signaling';
import { afterEach, expect, it, vi } from 'vitest';

import type { IRunModel } from '../../../src/tokens';
import { useLogs } from '../../../src/views/logs/useLogs';
import { FakeHub, settle } from './fixtures';

afterEach(cleanup);

/** The model of a view that shows a hub's run, with what was saved of it. */
function modelOf(hub: FakeHub, saved: Record<string, unknown>): IRunModel {
  const model = hub.model();
  const changed = new Signal<object, void>({});
  Object.assign(model.federation, {
    changed,
    connection: { state: 'open' },
    unseenErrors: () => []
  });
  return Object.assign(model, {
    task: 't',
    hidden: new Set<string>(),
    asOf: null,
    moment: null,
    saved,
    save: (name: string, value: unknown) => {
      saved[name] = value;
      (model.changed as Signal<IRunModel, void>).emit();
    },
    setMoment: () => undefined,
    setWindow: () => undefined,
    showAllNodes: () => undefined
  });
}

it('shows an error that is asked for although it was cleared away', async () => {
  const hub = new FakeHub(100);
  const seq = hub.rows[9]?.seq ?? 0;
  const show = vi.fn();
  const model = modelOf(hub, { logs: { cleared: { 't/1': 151 } } });
  const { result, rerender } = renderHook(() => useLogs(model));
  Object.assign(result.current.list, {
    current: { show, range: () => [0, 9] }
  });
  await act(() => settle());
  expect(result.current.source.count).toBe(24);
  act(() => model.save('logs.reveal', { seq, nonce: 1 }));
  rerender();
  await act(() => settle());
  expect(result.current.selected?.seq).toBe(seq);
  expect(show).toHaveBeenCalledWith(9, 'upper');
});
