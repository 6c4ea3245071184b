/** Writes what the filters let through into a file: the whole run, page by page, not only what is loaded. */

import {
  hubLevel,
  hubNodes,
  hubText,
  isEmptyScope,
  scopeTest,
  type IScope,
  type ITextFilter
} from '../../model/filters';
import { formatDateTime } from '../../model/format';
import {
  asRecords,
  jsonOf,
  textOf,
  type ILogRecord
} from '../../model/records';
import type { IHubApi } from '../../tokens';

export type ExportFormat = 'text' | 'jsonl';

export interface IExportWish {
  task: string;
  run: number;
  scope: IScope;
  text: ITextFilter;
  /** Only records after this number. */
  after: number;
  /** Only records up to this number. */
  upto: number;
  /** The run's first number, for the progress. */
  first: number;
  format: ExportFormat;
}

const PAGE = 2000;

/**
 * The file, or null if it was cancelled.
 *
 * @param test - what the hub cannot test: expressions it does not know, and records without a text.
 * @param progress - told from 0 to 1.
 */
export async function exportRecords(
  api: IHubApi,
  wish: IExportWish,
  test: (records: readonly ILogRecord[]) => Promise<ILogRecord[]>,
  progress: (done: number) => void,
  signal: AbortSignal
): Promise<Blob | null> {
  const parts: Blob[] = [];
  const inScope = scopeTest(wish.scope);
  let after = wish.after;
  while (!isEmptyScope(wish.scope)) {
    const page = await api.records(
      {
        task: wish.task,
        run: wish.run,
        ...hubNodes(wish.scope),
        kinds: ['log'],
        level: hubLevel(wish.scope),
        order: 'oldest',
        after,
        before: wish.upto + 1,
        limit: PAGE,
        ...hubText(wish.text)
      },
      signal
    );
    if (signal.aborted) {
      return null;
    }
    const found = asRecords(page.rows).filter(inScope);
    const passed = wish.text.exclude ? await test(found) : found;
    if (passed.length > 0) {
      // A Blob a page: the browser may put it on disk, a string would stay in memory.
      parts.push(
        new Blob([passed.map(record => `${line(record, wish)}\n`).join('')])
      );
    }
    if (page.complete) {
      break;
    }
    after = page.next;
    progress(
      Math.min(1, (after - wish.first) / Math.max(1, wish.upto - wish.first))
    );
  }
  return new Blob(parts, {
    type: wish.format === 'jsonl' ? 'application/jsonl' : 'text/plain'
  });
}

function line(record: ILogRecord, wish: IExportWish): string {
  return wish.format === 'jsonl'
    ? jsonOf(record, wish)
    : textOf(record, formatDateTime);
}

/** A name for the file that says what is in it. */
export function exportName(
  task: string,
  run: number,
  format: ExportFormat
): string {
  // A task's id is one folder name by its rules; what file systems still refuse goes.
  const name = task.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 80);
  return `${name}-run${run}-log.${format === 'jsonl' ? 'jsonl' : 'txt'}`;
}
