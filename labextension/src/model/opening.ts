/** From records and nodes to the user's code: where it stands, and what opening that place opens. Pure. */

import type { Frame, LogBody, NodeView } from '../hub/protocol';
import type { IPlace, Opened } from '../tokens';
import { blamed } from './records';

/** Of an error the innermost frame of the user's own code, else the cell that wrote the record. */
export function placeOfRecord(body: LogBody): IPlace {
  const frame = body.traceback ? blamed(body.traceback) : null;
  return { ...cellOfRecord(body), ...lineOf(frame), ...cellOf(frame) };
}

/** The code of one frame alone: of one in a file that is the file, whatever called it. */
export function placeOfFrame(body: LogBody, frame: Frame): IPlace {
  const { kernel, notebook } = isFile(frame.file ?? '')
    ? NOWHERE
    : cellOfRecord(body);
  return { kernel, notebook, cell: frame.cell ?? '', ...lineOf(frame) };
}

const NOWHERE = { kernel: '', notebook: '' };

/** The cell that ran while the record was written, wherever its code stands. */
export function cellOfRecord(body: LogBody): IPlace {
  const { kernel = '', notebook = '', cell = '' } = body;
  return { kernel, notebook, cell, ...lineOf(null) };
}

/** The cell in which the node entered its context. */
export function placeOfNode(node: NodeView): IPlace {
  const { kernel, notebook, cell } = node;
  return { kernel, notebook, cell, ...lineOf(null) };
}

export function notebookOf({ kernel, notebook }: IPlace): IPlace {
  return { kernel, notebook, cell: '', ...lineOf(null) };
}

/**
 * What opens for a place; null: nothing. Words and deeds both ask here, so that a label names what really opens.
 *
 * Where a file lies outside of what the server shows, the cell that called it is the next best, then its notebook. With
 * none of them it is still the file that is asked for, and whoever opens it says why it cannot be.
 */
export function whatOpens(
  place: IPlace,
  reaches: (path: string) => boolean
): Opened | null {
  const { notebook } = place;
  const file = isFile(place.file);
  if (file && reaches(place.file)) {
    return 'file';
  }
  if (place.cell !== '') {
    return 'cell';
  }
  if (notebook.endsWith('.ipynb')) {
    return 'notebook';
  }
  // A script has no cells.
  return file || notebook !== '' ? 'file' : null;
}

/** A path, and not IPython's name of a cell. */
export function isFile(file: string): boolean {
  return file !== '' && !isCellName(file);
}

/** `Cell In[3]` or IPython's own file of a cell: no file that anybody could open. */
export function isCellName(file: string): boolean {
  return /^(?:Cell )?In ?\[\d+\]$/.test(file) || file.startsWith('<');
}

/** The number in `Cell In[3]`. */
export function executionCount(file: string): number | null {
  const found = /^(?:Cell )?In ?\[(\d+)\]$/.exec(file);
  return found?.[1] === undefined ? null : Number(found[1]);
}

function lineOf(frame: Frame | null): Pick<IPlace, 'file' | 'line'> {
  return { file: frame?.file ?? '', line: frame?.line ?? 0 };
}

/** A frame in a file has no cell of its own: the one that ran stays known. A line of a cell without an id is of none. */
function cellOf(frame: Frame | null): Partial<IPlace> {
  if (frame === null || isFile(frame.file ?? '')) {
    return {};
  }
  return { cell: frame.cell ?? '' };
}
