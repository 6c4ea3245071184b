/** From a node's error records to the user's code. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { HubError } from '../../hub/errors';
import type { LogRow } from '../../hub/protocol';
import { placeOfRecord } from '../../model/opening';
import type { IActions, IFederation, Opened } from '../../tokens';

/** What a button says that opens something. */
export function openWord(trans: TranslationBundle, opened: Opened): string {
  switch (opened) {
    case 'cell':
      return trans.__('Open cell');
    case 'file':
      return trans.__('Open file');
    case 'notebook':
      return trans.__('Open notebook');
  }
}

/** The log record of that number; null: it is not there any more. */
export async function logRecord(
  federation: IFederation,
  task: string,
  run: number,
  seq: number
): Promise<LogRow | null> {
  const page = await federation.api.records({
    task,
    run,
    kinds: ['log'],
    after: seq - 1,
    before: seq + 1,
    limit: 1
  });
  const row = page.rows[0];
  return row?.kind === 'log' && row.seq === seq ? row : null;
}

/** The newest of a node's error records that has a traceback, else the newest one. */
export async function errorRecord(
  federation: IFederation,
  task: string,
  run: number,
  seqs: readonly number[]
): Promise<LogRow | null> {
  let newest: LogRow | null = null;
  for (const seq of [...seqs].reverse().slice(0, LATEST)) {
    const row = await logRecord(federation, task, run, seq);
    if ((row?.body.traceback ?? null) !== null) {
      return row;
    }
    newest ??= row;
  }
  return newest;
}

/** So many error records are looked at. */
const LATEST = 3;

/** {@link errorRecord}; null while it is not known. */
export function useErrorRecord(
  federation: IFederation,
  task: string,
  run: number,
  errors: readonly number[]
): LogRow | null {
  const [row, setRow] = React.useState<LogRow | null>(null);
  // The same list comes in a new object with every change of the node.
  const key = errors.slice(-LATEST).join(' ');
  React.useEffect(() => {
    let live = true;
    setRow(null);
    if (key === '') {
      return;
    }
    errorRecord(federation, task, run, key.split(' ').map(Number)).then(
      found => {
        if (live) {
          setRow(found);
        }
      },
      (error: unknown) => {
        // A hub that cannot be reached is told elsewhere, and the error's last line is known in any case.
        if (!(error instanceof HubError)) {
          throw error;
        }
      }
    );
    return () => {
      live = false;
    };
  }, [federation, task, run, key]);
  return row;
}

/** What {@link openError} opens, as far as it is known. */
export function errorOpens(
  actions: IActions,
  row: LogRow | null
): Opened | null {
  return row === null ? 'cell' : actions.opens(placeOfRecord(row.body));
}

/** Open the code that a node's error comes from; where none is known, show its record. */
export async function openError(
  federation: IFederation,
  actions: IActions,
  task: string,
  run: number,
  errors: readonly number[]
): Promise<void> {
  const row = await errorRecord(federation, task, run, errors);
  const place = row === null ? null : placeOfRecord(row.body);
  if (place === null || actions.opens(place) === null) {
    actions.showError(task);
  } else {
    await actions.open(place);
  }
}
