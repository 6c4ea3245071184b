/** REST of the hub, typed. */

import type { IHubApi, ILinesQuery, IRecordsQuery, IRunState } from '../tokens';
import { HubError } from './errors';
import type {
  HubStatus,
  HubStorage,
  LinePage,
  RowPage,
  RunView,
  Snapshot
} from './protocol';
import { queryString, type IServer } from './server';

export { HubError } from './errors';

/** Servers take 8 kB of a URL at the least; with more, the question goes in a body. */
const LONGEST_QUERY = 4000;

export class HubApi implements IHubApi {
  constructor(private readonly _server: IServer) {}

  status(): Promise<HubStatus> {
    return this._get<HubStatus>(['api', 'hub']);
  }

  storage(): Promise<HubStorage> {
    return this._get<HubStorage>(['api', 'storage']);
  }

  async runAsOf(
    task: string,
    run: number,
    number: number | null
  ): Promise<IRunState> {
    const snapshot = await this._get<Snapshot>(['api', 'snapshot'], {
      task,
      run,
      number
    });
    const found = snapshot.tasks
      .find(other => other.task === task)
      ?.runs.find(other => other.run === run);
    if (found === undefined) {
      throw new HubError(
        'not_found',
        `Task ${task} has no run ${run} as of ${snapshot.number}.`,
        404
      );
    }
    return stateOf(task, found, snapshot);
  }

  lines(query: ILinesQuery, signal?: AbortSignal): Promise<LinePage> {
    const { nodes, levels, ...others } = query;
    return this._get<LinePage>(
      ['api', 'lines'],
      { ...others, node: nodes, level: levels },
      signal,
      true
    );
  }

  records(query: IRecordsQuery, signal?: AbortSignal): Promise<RowPage> {
    const { nodes, kinds, ...others } = query;
    return this._get<RowPage>(
      ['api', 'records'],
      { ...others, node: nodes, kind: kinds },
      signal,
      true
    );
  }

  async removeRun(task: string, run: number): Promise<void> {
    await this._server.request('DELETE', [
      'api',
      'tasks',
      task,
      'runs',
      String(run)
    ]);
  }

  private async _get<T>(
    path: readonly string[],
    query: Parameters<IServer['request']>[2] = {},
    signal?: AbortSignal,
    mayBePosted = false
  ): Promise<T> {
    const isLong = queryString(query).length > LONGEST_QUERY;
    const method = mayBePosted && isLong ? 'POST' : 'GET';
    // The wire's types are generated from the hub's own and held equal by a test; nothing is checked twice here.
    return (await this._server.request(method, path, query, signal)) as T;
  }
}

/** What a snapshot says of one run. */
function stateOf(task: string, run: RunView, snapshot: Snapshot): IRunState {
  return {
    task,
    run: run.run,
    number: snapshot.number,
    at: latestTime(run),
    seq: run.seq,
    started: run.started,
    ended: run.ended,
    nodes: run.nodes,
    members: run.members,
    attempts: run.attempts,
    transfers: run.transfers,
    failures: run.failures,
    events: run.events,
    logs: run.logs,
    dropped: run.dropped,
    memory: {}
  };
}

/** The last time that a run's fold knows of: a snapshot does not say when its last row was. */
function latestTime(run: RunView): number {
  let latest = Math.max(run.started, run.ended);
  for (const member of run.members) {
    latest = Math.max(latest, member.since, member.ended);
    const last = member.intervals[member.intervals.length - 1];
    if (last !== undefined) {
      latest = Math.max(latest, last[3], last[4]);
    }
  }
  for (const attempt of run.attempts) {
    latest = Math.max(latest, attempt.begin, attempt.end);
  }
  return latest;
}
