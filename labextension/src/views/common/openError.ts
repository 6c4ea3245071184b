/** From an error record to the user's code. */

import type { Frame, LogRow } from '../../hub/protocol';
import type { IActions, IFederation, IPlace } from '../../tokens';

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
  for (const seq of [...seqs].reverse().slice(0, 3)) {
    const row = await logRecord(federation, task, run, seq);
    if ((row?.body.traceback ?? null) !== null) {
      return row;
    }
    newest ??= row;
  }
  return newest;
}

/** The innermost frame of the user's own code. */
export function userFrame(frames: readonly Frame[] | undefined): Frame | null {
  const own = (frames ?? []).filter(frame => frame.user === true);
  return own[own.length - 1] ?? null;
}

/** Where the user's code of a record stands: of an error the innermost frame of their own, else the cell that wrote it. */
export function placeOfRecord(row: LogRow): IPlace {
  const frame = userFrame(row.body.traceback?.frames);
  return {
    kernel: row.body.kernel ?? '',
    notebook: row.body.notebook ?? '',
    cell: frame?.cell ?? row.body.cell ?? '',
    file: frame?.file ?? '',
    line: frame?.line ?? 0
  };
}

/** Whether that leads to a cell or a line, and not just to a notebook. */
export function knowsPlace(place: IPlace): boolean {
  return (
    place.cell !== '' ||
    (place.file !== '' && !place.file.startsWith('Cell In['))
  );
}

/** Open the code that a node's error comes from. */
export async function openError(
  federation: IFederation,
  actions: IActions,
  task: string,
  run: number,
  seqs: readonly number[]
): Promise<void> {
  const row = await errorRecord(federation, task, run, seqs);
  if (row === null) {
    actions.showError(task);
  } else {
    await actions.open(placeOfRecord(row));
  }
}
