import { Signal } from '@lumino/signaling';
import { Federation } from '../../src/federation/federation';
import type { IPage } from '../../src/federation/page';
import { SeenErrors } from '../../src/federation/seen';
import { HubApi } from '../../src/hub/api';
import type { Overview, RunChange, TaskGlance } from '../../src/hub/protocol';
import { FakeClock, FakeServer } from '../hub/fakes';

export class FakePage implements IPage {
  visible = true;
  readonly changed: Signal<IPage, void> = new Signal<IPage, void>(this);
  readonly woken: Signal<IPage, void> = new Signal<IPage, void>(this);

  show(visible: boolean): void {
    this.visible = visible;
    this.changed.emit();
  }
}

export class FakeStore {
  readonly items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
}

export interface IFakeFederation {
  federation: Federation;
  server: FakeServer;
  clock: FakeClock;
  page: FakePage;
}

export function fakeFederation(
  store: FakeStore = new FakeStore()
): IFakeFederation {
  const server = new FakeServer();
  server.answer = () => ({ release: '1' });
  const clock = new FakeClock();
  const page = new FakePage();
  const federation = new Federation({
    server,
    api: new HubApi(server),
    page,
    seen: new SeenErrors(() => store),
    version: '1',
    clock
  });
  return { federation, server, clock, page };
}

export function glance(
  task: string,
  change: Partial<TaskGlance> = {}
): TaskGlance {
  return {
    task,
    runs: [1],
    run: 1,
    live: true,
    scheduler: 'DemoAvg',
    started: 100,
    ended: 0,
    round: 1,
    max_rounds: 5,
    result: '',
    states: { training: 2, waiting: 1 },
    members: [],
    errors: [],
    problem: null,
    score: null,
    ...change
  };
}

export function overview(change: Partial<Overview> = {}): Overview {
  return { op: 'overview', number: 1, at: 5000, ...change };
}

export function runChange(change: Partial<RunChange> = {}): RunChange {
  return {
    task: 'a',
    run: 1,
    whole: true,
    seq: 1,
    started: 100,
    ended: 0,
    nodes: ['x', 'y'],
    members: [],
    attempts: [],
    transfers: [],
    failures: [],
    events: 0,
    logs: 0,
    dropped: 0,
    ...change
  };
}
