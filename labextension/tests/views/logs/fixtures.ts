import { Signal } from '@lumino/signaling';

import type { LogRow } from '../../../src/hub/protocol';
import { HubError } from '../../../src/hub/errors';
import type {
  IFederation,
  IHubApi,
  ILinesQuery,
  IRecordsQuery,
  IRowHandlers,
  IRunModel,
  IRunState
} from '../../../src/tokens';
import { levelOf } from '../../../src/model/records';
import { blankRun, member } from '../../model/runs';

/** The record at a place: numbers grow by two, every tenth is an error, nodes a and b take turns. */
export function made(place: number, text = `line ${place}`): LogRow {
  return {
    seq: place * 2 + 1,
    at: place,
    kind: 'log',
    node: place % 2 === 0 ? 'a' : 'b',
    task: 't',
    run: 1,
    body: { time: place, level: place % 10 === 9 ? 40 : 20, text }
  };
}

/** A hub with one run, that grows when told to. */
export class FakeHub {
  constructor(count: number) {
    this.rows = Array.from({ length: count }, (_, place) => made(place));
  }

  rows: LogRow[];
  asked: (ILinesQuery | IRecordsQuery)[] = [];
  handlers: IRowHandlers | null = null;
  follows = 0;
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();
  fails = false;
  /** How it fails. */
  failure: Error = new HubError('unreachable', 'away', 0);

  get number(): number {
    return this.rows[this.rows.length - 1]?.seq ?? 0;
  }

  /** New records; the feed tells of them, leaving out the first `skipped`. */
  grow(count: number, skipped = 0): void {
    const first = this.rows.length;
    const fresh = Array.from({ length: count }, (_, at) => made(first + at));
    this.rows.push(...fresh);
    this.handlers?.rows(fresh.slice(skipped), this.number, skipped);
  }

  readonly lines: IHubApi['lines'] = async query => {
    this.asked.push(query);
    const number = this.number;
    const rows = this.rows.filter(
      row =>
        (query.nodes === undefined || query.nodes.includes(row.node ?? '')) &&
        query.without?.includes(row.node ?? '') !== true &&
        (query.levels === undefined ||
          query.levels.includes(levelOf(row.body.level)))
    );
    await this.gate;
    if (this.fails) {
      throw this.failure;
    }
    let offset = query.offset ?? 0;
    if (query.around !== undefined) {
      const { around } = query;
      const at = rows.findIndex(row => row.seq >= around);
      offset = Math.max(
        0,
        (at < 0 ? rows.length : at) - Math.floor(query.limit / 2)
      );
    }
    return {
      rows: rows.slice(offset, offset + query.limit),
      offset: Math.min(offset, rows.length),
      total: rows.length,
      number
    };
  };

  readonly records: IHubApi['records'] = async query => {
    this.asked.push(query);
    await this.gate;
    if (this.fails) {
      throw this.failure;
    }
    const { after = 0, before = Infinity, order, limit = 500 } = query;
    const range = this.rows.filter(row => row.seq > after && row.seq < before);
    const text = query.text?.toLowerCase();
    const expression =
      query.regex === undefined
        ? null
        : new RegExp(
            query.regex.replace('(?i)', ''),
            query.regex.startsWith('(?i)') ? 'i' : ''
          );
    const ordered = order === 'newest' ? [...range].reverse() : range;
    // A page is cut after so many looked at, as the hub does when its time is over.
    const looked = ordered.slice(0, limit);
    return {
      rows: looked.filter(
        row =>
          (text === undefined || row.body.text.toLowerCase().includes(text)) &&
          (expression === null || expression.test(row.body.text)) &&
          row.body.level >= (query.level ?? 0)
      ),
      complete: looked.length === ordered.length,
      next: looked[looked.length - 1]?.seq ?? 0,
      number: this.number
    };
  };

  run(): IRunState {
    return blankRun([member('a'), member('b')], {
      number: this.number,
      logs: this.rows.length
    });
  }

  model(): IRunModel {
    const now = () => this.run();
    const federation = {
      api: { lines: this.lines, records: this.records }
    } as unknown as IFederation;
    const model = {
      federation,
      get live() {
        return now();
      },
      get shown() {
        return now();
      },
      follow: (question: { after?: number | null }, handlers: IRowHandlers) => {
        this.follows++;
        this.handlers = handlers;
        handlers.following('hub', this.number);
        const missed = this.rows.filter(row => row.seq > (question.after ?? 0));
        if (missed.length > 0) {
          handlers.rows(missed, this.number, 0);
        }
        return { isDisposed: false, dispose: () => (this.handlers = null) };
      }
    };
    Object.assign(model, { changed: new Signal(model) });
    return model as unknown as IRunModel;
  }
}

/** Let what is under way come to its end. */
export async function settle(ms = 0): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve();
  }
  await new Promise(resolve => setTimeout(resolve, ms));
}
