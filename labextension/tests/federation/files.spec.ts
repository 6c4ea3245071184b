import { ServerConnection } from '@jupyterlab/services';
import type { Contents } from '@jupyterlab/services';
import { CommandRegistry } from '@lumino/commands';
import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { Files } from '../../src/federation/files';

/** Contents in which every question gets this answer. */
function files(status: number, root = '/srv/lab'): Files {
  const contents = {
    get: () =>
      status === 200
        ? Promise.resolve({})
        : Promise.reject(
            new ServerConnection.ResponseError(
              new Response('', { status }),
              `status ${status}`
            )
          )
  } as unknown as Contents.IManager;
  return new Files(
    contents,
    new CommandRegistry(),
    nullTranslator.load('alphamed_nb'),
    root
  );
}

describe('files', () => {
  it('are there, or are not', async () => {
    expect(await files(200).exists('a.py')).toBe(true);
    expect(await files(404).exists('a.py')).toBe(false);
    expect(await files(404).find('/srv/lab/a.py')).toBeNull();
  });

  it('whose server says something else are not said to be missing', async () => {
    await expect(files(500).exists('a.py')).rejects.toThrow('status 500');
    await expect(files(403).download('a.py')).rejects.toThrow('status 403');
  });

  it('lie inside of what is shown, or outside', () => {
    expect(files(200).reaches('/srv/lab/a.py')).toBe(true);
    expect(files(200).reaches('/srv/other/a.py')).toBe(false);
  });
});
