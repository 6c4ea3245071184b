/** Cells of a notebook that is open: finding them, and bringing them and a line of them into sight. */

import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { FileEditor } from '@jupyterlab/fileeditor';
import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import type { Notebook } from '@jupyterlab/notebook';
import { executionCount } from '../model/opening';
import type { IPlace } from '../tokens';
import { showLine } from './tint';

/**
 * Bring a place of a document that is open into sight, and tint its line.
 *
 * @returns false: the cell is not there any more
 */
export async function showPlace(
  widget: IDocumentWidget,
  place: IPlace
): Promise<boolean> {
  await widget.context.ready;
  await widget.revealed;
  if (widget instanceof NotebookPanel) {
    const cell = findCell(widget.content, place);
    if (cell !== null) {
      await showCell(widget.content, cell, place.line);
    }
    return cell !== null || place.cell === '';
  }
  if (widget.content instanceof FileEditor) {
    await widget.content.ready;
    showLine(widget.content.editor, place.line);
  }
  return true;
}

/** By its id, else the one that ran last under that number; null: it is not there. */
export function findCell(
  notebook: Notebook,
  { cell: id, file }: Pick<IPlace, 'cell' | 'file'>
): Cell | null {
  const count = executionCount(file);
  const found = notebook.widgets.find(cell =>
    id === ''
      ? count !== null && codeOf(cell)?.executionCount === count
      : cell.model.id === id
  );
  return found ?? null;
}

/** What stands in the brackets beside a cell. */
export function promptOf(cell: Cell): string {
  const code = codeOf(cell);
  if (code === null) {
    return '';
  }
  return code.executionState === 'running'
    ? '*'
    : String(code.executionCount ?? '');
}

/** Select the cell, bring it into sight, and tint the line (0: none). */
async function showCell(
  notebook: Notebook,
  cell: Cell,
  line: number
): Promise<void> {
  NotebookActions.expandParent(cell, notebook);
  cell.inputHidden = false;
  notebook.deselectAll();
  notebook.activeCellIndex = notebook.widgets.indexOf(cell);
  // Before it is drawn its height is a guess: there to have it drawn, and once more to where it then stands.
  await scrollTo(notebook, cell);
  await cell.ready;
  await scrollTo(notebook, cell);
  showLine(cell.editor, line);
}

async function scrollTo(notebook: Notebook, cell: Cell): Promise<void> {
  try {
    await notebook.scrollToItem(notebook.widgets.indexOf(cell), 'center');
  } catch (error) {
    // It rejects with words, and no error, where the notebook was told to scroll elsewhere meanwhile: to its active cell,
    // which is this one, or to where the user wants to be.
    if (typeof error !== 'string') {
      throw error;
    }
  }
}

function codeOf(cell: Cell): ICodeCellModel | null {
  return cell.model.type === 'code' ? (cell.model as ICodeCellModel) : null;
}
