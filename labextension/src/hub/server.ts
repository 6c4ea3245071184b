/** The only module that knows where the hub is: below `{base_url}alphamed-nb/` of the page's own server. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { HubError } from './errors';
import { reportFault } from './faults';

const PREFIX = 'alphamed-nb';

type QueryValue = string | number | boolean;

/** What is undefined, null or an empty list is left out; a list gives its name several times. */
export type Query = Readonly<
  Record<string, QueryValue | readonly QueryValue[] | null | undefined>
>;

/** The part of a browser's websocket that is used here. */
export interface ISocket {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(data: string): void;
  close(): void;
}

/** The server, as `HubApi` and `Feed` need it. */
export interface IServer {
  /**
   * Rejects with `HubError`, or with an `AbortError` when `signal` says so. `path` is a list of names, not yet quoted.
   * What a POST asks for is in its body.
   */
  request(
    method: 'GET' | 'POST' | 'DELETE',
    path: readonly string[],
    query?: Query,
    signal?: AbortSignal
  ): Promise<unknown>;
  /** A websocket to the live feed. */
  socket(): ISocket;
}

/** The server the page came from, with its own cookies and tokens. */
export class Server implements IServer {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  async request(
    method: 'GET' | 'POST' | 'DELETE',
    path: readonly string[],
    query: Query = {},
    signal?: AbortSignal
  ): Promise<unknown> {
    const url =
      URLExt.join(
        this._settings.baseUrl,
        PREFIX,
        ...path.map(encodeURIComponent)
      ) + (method === 'POST' ? '' : queryString(query));
    const body =
      method === 'POST'
        ? JSON.stringify(Object.fromEntries(valuesOf(query)))
        : undefined;
    let response: Response;
    let text: string;
    try {
      response = await ServerConnection.makeRequest(
        url,
        // Not `no-store`, JupyterLab's default: it would add a number to the query.
        { method, body, signal, cache: 'no-cache' },
        this._settings
      );
      // The server may go while it answers.
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) {
        throw error;
      }
      throw new HubError('unreachable', String(error), 0);
    }
    if (response.ok) {
      return text === '' ? null : bodyOf(url, text);
    }
    throw errorOf(url, response, text);
  }

  socket(): ISocket {
    const { wsUrl, appendToken, token, WebSocket } = this._settings;
    const url = URLExt.join(wsUrl, PREFIX, 'live');
    const credential =
      appendToken && token !== '' ? `?token=${encodeURIComponent(token)}` : '';
    return new WebSocket(url + credential);
  }
}

/** `?a=1&b=x&b=y`, or nothing. */
export function queryString(query: Query): string {
  const found = valuesOf(query).flatMap(([name, values]) =>
    values.map(one => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`)
  );
  return found.length === 0 ? '' : `?${found.join('&')}`;
}

/** All values that there are, by name. */
function valuesOf(query: Query): [string, string[]][] {
  const found: [string, string[]][] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) {
      const values: readonly QueryValue[] =
        typeof value === 'object' ? value : [value];
      found.push([name, values.map(String)]);
    }
  }
  return found;
}

function bodyOf(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(url, text, error);
  }
}

function malformed(url: string, text: string, error: unknown): HubError {
  reportFault(
    `The answer of ${url} cannot be read.`,
    error,
    text.slice(0, 200)
  );
  return new HubError(
    'malformed',
    `The answer is no JSON: ${String(error)}`,
    0
  );
}

function errorOf(url: string, response: Response, text: string): HubError {
  // Else it is a proxy's page or nothing at all: the status is all there is to say.
  if (response.headers.get('Content-Type')?.includes('json') === true) {
    try {
      const body: unknown = JSON.parse(text);
      if (typeof body === 'object' && body !== null && 'message' in body) {
        const code = 'code' in body ? String(body.code) : 'http';
        return new HubError(code, String(body.message), response.status);
      }
    } catch (error) {
      malformed(url, text, error);
    }
  }
  return new HubError(
    'http',
    `${response.status} ${response.statusText}`.trim(),
    response.status
  );
}
