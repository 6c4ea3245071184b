import { ServerConnection } from '@jupyterlab/services';
import { describe, expect, it } from 'vitest';

import { HubApi } from '../../src/hub/api';
import { Server } from '../../src/hub/server';
import { FakeServer } from './fakes';

const MANY = Array.from({ length: 500 }, (_, place) => `医院 ${place}`);

describe('questions', () => {
  it('go in a body when they are too long for a URL', async () => {
    const server = new FakeServer();
    const api = new HubApi(server);
    const page = { task: 't', run: 1, limit: 10 };
    await api.lines({ ...page, nodes: ['a'], levels: ['error'], offset: 5 });
    await api.lines({ ...page, without: MANY });
    await api.records({ ...page, without: MANY, kinds: ['log'] });
    await api.records({ ...page, without: ['a'] });
    expect(
      server.requests.map(({ method, path }) => [method, path[1]])
    ).toEqual([
      ['GET', 'lines'],
      ['POST', 'lines'],
      ['POST', 'records'],
      ['GET', 'records']
    ]);
    expect(server.requests[0]?.query).toEqual({
      ...page,
      node: ['a'],
      level: ['error'],
      offset: 5
    });
    expect(server.requests[2]?.query).toMatchObject({
      kind: ['log'],
      without: MANY
    });
  });

  it('are sent whole, without what is left out', async () => {
    const sent: Request[] = [];
    const server = new Server(
      ServerConnection.makeSettings({
        baseUrl: 'http://hospital.test/lab/',
        fetch: request => {
          sent.push(request as Request);
          return Promise.resolve(new Response('{"rows": []}'));
        }
      })
    );
    const query = {
      task: 't',
      run: 1,
      node: MANY,
      around: undefined,
      to: null
    };
    await server.request('POST', ['api', 'lines'], query);
    await server.request('GET', ['api', 'lines'], {
      ...query,
      node: ['x', 'y']
    });
    const [long, short] = sent;
    expect(long?.url).toBe('http://hospital.test/lab/alphamed-nb/api/lines');
    expect(await long?.json()).toEqual({ task: ['t'], run: ['1'], node: MANY });
    expect(short?.url).toContain('api/lines?task=t&run=1&node=x&node=y');
  });
});
