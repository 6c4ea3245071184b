/** Reads pages of log records from the hub, and remembers what went wrong until it works again. */

import { isAway, messageOf } from '../../../hub/errors';
import { reportFault } from '../../../hub/faults';
import type { LinePage } from '../../../hub/protocol';
import { hubNodes, type IScope } from '../../../model/filters';
import { BLOCK } from '../../../model/lines';
import type { IHubApi, ILinesQuery } from '../../../tokens';

/** Which records are read. */
export interface IGround {
  task: string;
  run: number;
  scope: IScope;
}

/** Which page of them. */
export type IWhere = Pick<ILinesQuery, 'offset' | 'around' | 'limit'>;

/** So many records before the expected end are in the newest page, should there be fewer. */
const MARGIN = 200;

export class LineReader {
  constructor(
    private readonly _api: IHubApi,
    private readonly _changed: () => void
  ) {}

  /** Null: nothing has been asked for yet. */
  ground: IGround | null = null;

  /** What went wrong last; null: nothing did, or it works again. */
  get fault(): string | null {
    return this._fault;
  }

  async page(where: IWhere, signal?: AbortSignal): Promise<LinePage> {
    if (this.ground === null) {
      throw new Error('No run has been asked for yet.');
    }
    const { task, run, scope } = this.ground;
    const page = await this._api.lines(
      {
        task,
        run,
        ...hubNodes(scope),
        levels: scope.levels ?? undefined,
        ...where
      },
      signal
    );
    this.clear();
    return page;
  }

  /** The newest page; `expected`: about so many records there are. */
  async newest(expected: number): Promise<LinePage> {
    const offset = Math.max(0, expected - BLOCK + MARGIN);
    const page = await this.page({ offset, limit: BLOCK });
    if (page.rows.length > 0 || page.total === 0) {
      return page;
    }
    const last = Math.max(0, page.total - BLOCK);
    return this.page({ offset: last, limit: BLOCK });
  }

  /** Something went wrong. That the hub is away is said elsewhere, and asked again when it is back. */
  fail(error: unknown): void {
    if (!isAway(error)) {
      reportFault('Log records could not be shown.', error);
      this._set(messageOf(error));
    }
  }

  /** It is tried again. */
  clear(): void {
    this._set(null);
  }

  private _set(fault: string | null): void {
    if (fault !== this._fault) {
      this._fault = fault;
      this._changed();
    }
  }

  private _fault: string | null = null;
}
