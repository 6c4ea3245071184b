import { ServerConnection } from '@jupyterlab/services';
import { describe, expect, it, vi } from 'vitest';
import { HubError } from '../../src/hub/errors';
import { Server } from '../../src/hub/server';

function serverThatSays(
  body: BodyInit,
  init: ResponseInit = {}
): { server: Server; asked: string[] } {
  const asked: string[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://example.org/a%20b/',
    fetch: async (request: RequestInfo | URL) => {
      asked.push((request as Request).url);
      return new Response(body, init);
    }
  });
  return { server: new Server(settings), asked };
}

const JSON_TYPE = { 'Content-Type': 'application/json; charset=UTF-8' };

async function failure(server: Server): Promise<HubError> {
  try {
    await server.request('GET', ['api', 'hub']);
  } catch (error) {
    return error as HubError;
  }
  throw new Error('It did not fail.');
}

describe('Server', () => {
  it('asks below the prefix, with quoted names', async () => {
    const { server, asked } = serverThatSays('{"a":1}');
    const answer = await server.request('GET', ['api', 'tasks', '医/b'], {
      node: ['x', 'y'],
      none: null
    });
    expect(answer).toEqual({ a: 1 });
    expect(asked).toEqual([
      'http://example.org/a%20b/alphamed-nb/api/tasks/%E5%8C%BB%2Fb?node=x&node=y'
    ]);
  });

  it('hands on what the hub says is wrong', async () => {
    const { server } = serverThatSays(
      '{"code":"not_found","message":"There is no task."}',
      { status: 404, headers: JSON_TYPE }
    );
    const error = await failure(server);
    expect([error.code, error.message, error.status]).toEqual([
      'not_found',
      'There is no task.',
      404
    ]);
  });

  it('cannot reach a server that goes while it answers', async () => {
    const { server } = serverThatSays(
      new ReadableStream({
        start: body => body.error(new TypeError('network error'))
      })
    );
    const error = await failure(server);
    expect(error).toBeInstanceOf(HubError);
    expect([error.code, error.away]).toEqual(['unreachable', true]);
  });

  it('of a page of a proxy it tells the status alone', async () => {
    const told = vi.spyOn(console, 'error').mockReturnValue();
    const { server } = serverThatSays('<html>', {
      status: 502,
      statusText: 'Bad Gateway',
      headers: { 'Content-Type': 'text/html' }
    });
    expect((await failure(server)).message).toBe('502 Bad Gateway');
    expect(told).not.toHaveBeenCalled();
  });

  it.each([200, 500])(
    'does not pass over an answer that is no JSON though it should be (%i)',
    async status => {
      const told = vi.spyOn(console, 'error').mockReturnValue();
      const { server } = serverThatSays('{"message":', {
        status,
        headers: JSON_TYPE
      });
      expect(await failure(server)).toBeInstanceOf(HubError);
      expect(told).toHaveBeenCalledOnce();
      expect(told.mock.calls[0]!.join(' ')).toContain('/alphamed-nb/api/hub');
    }
  );
});
