/** The notebooks that nodes run in: finding, opening, running and stopping them. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Dialog,
  SessionContextDialogs,
  showDialog
} from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { FileEditor } from '@jupyterlab/fileeditor';
import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import type { Notebook } from '@jupyterlab/notebook';
import { KernelAPI } from '@jupyterlab/services';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { NodeView } from '../hub/protocol';
import type { IPlace } from '../tokens';
import type { Files } from './files';
import { executionCount, isCellName } from './paths';
import { showLine } from './tint';

export interface INotebooksOptions {
  app: JupyterFrontEnd;
  documents: IDocumentManager;
  files: Files;
  translator: ITranslator;
  trans: TranslationBundle;
  /** The id of the widget beside which a document is opened; null: where documents are opened anyhow. */
  beside: () => string | null;
}

export class Notebooks {
  constructor(private readonly _options: INotebooksOptions) {
    this._dialogs = new SessionContextDialogs({
      translator: _options.translator
    });
  }

  /** The path of the notebook that has this kernel, as the sessions know it: renames are harmless. */
  pathOf(kernel: string): string | null {
    if (kernel === '') {
      return null;
    }
    for (const session of this._options.app.serviceManager.sessions.running()) {
      if (session.kernel?.id === kernel) {
        return session.path;
      }
    }
    return null;
  }

  /** Whether a kernel of this server runs, or ran, the node. */
  has(node: NodeView): boolean {
    return (
      this.pathOf(node.kernel) !== null ||
      (node.kernel !== '' && node.notebook.endsWith('.ipynb'))
    );
  }

  /** Rejects with an error that says why nothing could be opened. */
  async open(place: IPlace): Promise<void> {
    const { trans, files } = this._options;
    let { line } = place;
    if (place.file !== '' && !isCellName(place.file)) {
      const path = await files.find(place.file);
      if (path !== null) {
        const widget = await this._show(path);
        const content = widget?.content as FileEditor | undefined;
        showLine(content?.editor ?? null, line);
        return;
      }
      if (place.cell === '') {
        throw new Error(
          trans.__(
            '%1 lies outside of the folder that this server shows.',
            place.file
          )
        );
      }
      // The cell that called it is the next best; the line is the file's.
      line = 0;
    }
    const path = await this._find(place.kernel, place.notebook);
    const widget = await this._show(path);
    if (widget instanceof NotebookPanel) {
      await this._showCell(widget, { ...place, line });
    }
  }

  async run(node: NodeView): Promise<void> {
    const panel = await this._panel(node);
    await panel.sessionContext.ready;
    // The cells of a node may run for hours: nobody waits for their end here.
    void NotebookActions.runAll(
      panel.content,
      panel.sessionContext,
      this._dialogs,
      this._options.translator
    );
  }

  async interrupt(node: NodeView): Promise<void> {
    await KernelAPI.interruptKernel(
      this._kernel(node),
      this._options.app.serviceManager.serverSettings
    );
  }

  async restart(node: NodeView): Promise<void> {
    const { trans, documents, app } = this._options;
    const kernel = this._kernel(node);
    const path = this.pathOf(node.kernel);
    const open = path === null ? undefined : documents.findWidget(path);
    if (open instanceof NotebookPanel) {
      await this._dialogs.restart(open.sessionContext);
      return;
    }
    const answer = await showDialog({
      title: trans.__('Restart Kernel?'),
      body: trans.__(
        'Do you want to restart the kernel of %1? All variables will be lost.',
        PathExt.basename(path ?? node.notebook)
      ),
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: trans.__('Restart') })
      ]
    });
    if (answer.button.accept) {
      await KernelAPI.restartKernel(kernel, app.serviceManager.serverSettings);
    }
  }

  private _kernel(node: NodeView): string {
    if (this.pathOf(node.kernel) === null) {
      throw new Error(
        this._options.trans.__(
          'The kernel of %1 is no longer running.',
          node.node
        )
      );
    }
    return node.kernel;
  }

  private async _panel(node: NodeView): Promise<NotebookPanel> {
    const path = await this._find(node.kernel, node.notebook);
    const widget = this._options.documents.openOrReveal(
      path,
      'Notebook',
      undefined,
      { activate: false }
    );
    if (!(widget instanceof NotebookPanel)) {
      throw new Error(
        this._options.trans.__('Open %1 to run it.', PathExt.basename(path))
      );
    }
    await widget.context.ready;
    return widget;
  }

  private async _find(kernel: string, notebook: string): Promise<string> {
    const path =
      this.pathOf(kernel) ??
      (notebook === '' ? null : await this._options.files.find(notebook));
    if (path === null) {
      throw new Error(
        notebook === ''
          ? this._options.trans.__('It was not written by a notebook.')
          : this._options.trans.__(
              '%1 lies outside of the folder that this server shows.',
              notebook
            )
      );
    }
    return path;
  }

  /** Beside the view that asked for it, so that both can be seen. */
  private async _show(path: string): Promise<IDocumentWidget | undefined> {
    const { documents, beside } = this._options;
    const ref = beside();
    const open = documents.findWidget(path);
    const widget = documents.openOrReveal(
      path,
      undefined,
      undefined,
      open === undefined && ref !== null ? { ref, mode: 'split-right' } : {}
    );
    await widget?.context.ready;
    await widget?.revealed;
    return widget;
  }

  private async _showCell(panel: NotebookPanel, place: IPlace): Promise<void> {
    const notebook = panel.content;
    const count = executionCount(place.file);
    const index = notebook.widgets.findIndex(cell =>
      place.cell === ''
        ? count !== null && executionCountOf(cell) === count
        : cell.model.id === place.cell
    );
    const cell = notebook.widgets[index];
    if (cell === undefined) {
      if (place.cell !== '') {
        throw new Error(
          this._options.trans.__(
            'The cell is no longer in %1.',
            PathExt.basename(panel.context.path)
          )
        );
      }
      return;
    }
    notebook.deselectAll();
    notebook.activeCellIndex = index;
    await bringIntoSight(notebook, index, cell);
    showLine(cell.editor, place.line);
  }

  private readonly _dialogs: SessionContextDialogs;
}

/** A notebook that was just opened moves while it draws its cells: scroll until the cell stays in sight. */
async function bringIntoSight(
  notebook: Notebook,
  index: number,
  cell: Cell
): Promise<void> {
  let inSight = 0;
  for (let tries = 0; tries < 30 && inSight < 3; tries++) {
    await notebook.scrollToItem(index, 'center');
    await new Promise(resolve => setTimeout(resolve, 60));
    inSight = isInSight(notebook, cell) ? inSight + 1 : 0;
  }
}

function isInSight(notebook: Notebook, cell: Cell): boolean {
  if (!cell.isAttached || cell.editor === null) {
    return false;
  }
  const outer = notebook.node.getBoundingClientRect();
  const inner = cell.node.getBoundingClientRect();
  return (
    inner.height > 0 && inner.top < outer.bottom && inner.bottom > outer.top
  );
}

function executionCountOf(cell: Cell): number | null {
  const count: unknown = cell.model.sharedModel.toJSON()['execution_count'];
  return typeof count === 'number' ? count : null;
}
