import type { IStateDB } from '@jupyterlab/statedb';
import { expect, it, vi } from 'vitest';
import { ModelStates } from '../../src/federation/modelStates';

function reading(fetch: () => Promise<unknown>): Promise<unknown> {
  return new ModelStates({ fetch } as unknown as IStateDB).read('key');
}

it('what a view showed comes back', async () => {
  expect(await reading(() => Promise.resolve({ task: 't' }))).toEqual({
    task: 't'
  });
  expect(await reading(() => Promise.resolve(undefined))).toEqual({});
  expect(await new ModelStates(null).read('key')).toEqual({});
});

it('a view opens without its past where that cannot be read, which is said', async () => {
  const fault = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(await reading(() => Promise.reject(new Error('damaged')))).toEqual({});
  expect(fault).toHaveBeenCalledWith(
    expect.stringContaining('key'),
    expect.objectContaining({ message: 'damaged' })
  );
  fault.mockRestore();
});
