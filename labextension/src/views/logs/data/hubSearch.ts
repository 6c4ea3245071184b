/** Looks for a text in the records of a run that are not loaded: the hub searches, page by page, the newest first. */

import { messageOf } from '../../../hub/errors';
import {
  hubLevel,
  hubNodes,
  hubText,
  scopeTest,
  type IScope
} from '../../../model/filters';
import { asRecords, type ILogRecord } from '../../../model/records';
import type { Matches } from '../../../model/search';
import type { IHubApi } from '../../../tokens';
import type { TextTest } from './textTest';

/** How far the hub was searched. */
export interface ISearch {
  state: 'idle' | 'running' | 'done' | 'failed';
  /** Of what was asked for, from 0 to 1. */
  progress: number;
  /** What the hub said, for `failed`. */
  message: string;
}

/** What is searched. */
export interface ISearchGround {
  task: string;
  run: number;
  scope: IScope;
  /** The run's first and latest number, for the progress. */
  first: number;
  last: number;
}

const PAGE = 1000;

/** The search for what one filter lets through. */
export class HubSearch {
  constructor(
    private readonly _api: IHubApi,
    private readonly _test: TextTest,
    private readonly _matches: Matches,
    private readonly _add: (found: readonly ILogRecord[]) => void,
    private readonly _changed: () => void
  ) {}

  state: ISearch = { state: 'idle', progress: 0, message: '' };

  /** All there is has been looked at. */
  finish(): void {
    this._say('done', 1);
  }

  /** Begin, or go on where it stopped; with `enough`, only until so many matches are there. */
  async run(ground: ISearchGround, enough: number): Promise<void> {
    if (this.state.state === 'running') {
      return;
    }
    const controller = new AbortController();
    this._controller = controller;
    this._say('running', this.state.progress);
    try {
      let isWanted = true;
      while (isWanted) {
        isWanted = await this._page(ground, enough, controller.signal);
      }
    } catch (error) {
      if (!controller.signal.aborted) {
        this._say('failed', this.state.progress, messageOf(error));
      }
    }
  }

  /** It can go on where it stopped. */
  stop(): void {
    this._controller?.abort();
    this._controller = null;
    if (this.state.state === 'running') {
      this._say('idle', this.state.progress);
    }
  }

  /** Look through one more page; tells whether another one is wanted. */
  private async _page(
    { task, run, scope, first, last }: ISearchGround,
    enough: number,
    signal: AbortSignal
  ): Promise<boolean> {
    const { filter } = this._test;
    const page = await this._api.records(
      {
        task,
        run,
        ...hubNodes(scope),
        kinds: ['log'],
        level: hubLevel(scope),
        order: 'newest',
        before: this._before,
        limit: PAGE,
        ...hubText(filter)
      },
      signal
    );
    if (signal.aborted) {
      return false;
    }
    let found = asRecords(page.rows).filter(scopeTest(scope)).reverse();
    if (filter.exclude) {
      // The hub knows no "without": it sent all of them.
      found = await this._test.passed(found);
      if (signal.aborted) {
        return false;
      }
    }
    this._add(found);
    this._before = page.next;
    if (page.complete || this._matches.full) {
      this.finish();
      return false;
    }
    const isEnough = this._matches.records.length >= enough;
    const progress = (last - page.next) / Math.max(1, last - first);
    this._say(isEnough ? 'idle' : 'running', progress);
    return !isEnough;
  }

  private _say(state: ISearch['state'], progress: number, message = ''): void {
    this.state = {
      state,
      progress: Math.min(1, Math.max(0, progress)),
      message
    };
    this._changed();
  }

  private _controller: AbortController | null = null;
  /** Where it goes on. */
  private _before: number | undefined;
}
