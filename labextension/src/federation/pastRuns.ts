import type { IHubApi, IRunState } from '../tokens';

const KEPT = 24;

/** Runs as they were at some number: they never change, so each is asked for once. */
export class PastRuns {
  constructor(private readonly _api: IHubApi) {}

  known(task: string, run: number, number: number): IRunState | undefined {
    return this._kept.get(key(task, run, number));
  }

  async load(task: string, run: number, number: number): Promise<IRunState> {
    const past = await this._api.runAsOf(task, run, number);
    this._kept.set(key(task, run, number), past);
    const [oldest] = this._kept.keys();
    if (this._kept.size > KEPT && oldest !== undefined) {
      this._kept.delete(oldest);
    }
    return past;
  }

  private readonly _kept = new Map<string, IRunState>();
}

function key(task: string, run: number, number: number): string {
  return JSON.stringify([task, run, number]);
}
