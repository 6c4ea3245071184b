/** The notebooks that nodes run in: finding, opening, running and stopping them. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Dialog,
  SessionContextDialogs,
  showDialog
} from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { KernelAPI } from '@jupyterlab/services';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { NodeView } from '../hub/protocol';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { isFile, whatOpens } from '../model/opening';
import type { IPlace, Opened } from '../tokens';
import { findCell, promptOf, showPlace } from './cells';
import type { Files } from './files';
import { shortPath } from './paths';

export interface INotebooksOptions {
  app: JupyterFrontEnd;
  documents: IDocumentManager;
  files: Files;
  translator: ITranslator;
  trans: TranslationBundle;
  /** The notebooks that are open, where the application counts them. */
  tracker: INotebookTracker | null;
  /** The id of the widget beside which a document is opened; null: where documents are opened anyhow. */
  beside: () => string | null;
  /** Documents that are not open get a page of their own: leaves there what it is to show. Null: they open here. */
  leave: ((path: string, place: IPlace) => void) | null;
}

export class Notebooks {
  constructor(private readonly _options: INotebooksOptions) {
    this._dialogs = new SessionContextDialogs({
      translator: _options.translator
    });
    const changed = () => this._promptsChanged.emit();
    NotebookActions.executionScheduled.connect(changed);
    NotebookActions.executed.connect(changed);
    _options.tracker?.widgetAdded.connect((_, panel) => {
      void panel.revealed.then(changed);
      panel.disposed.connect(changed);
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

  /** What `open` opens; null: nothing. */
  opens(place: IPlace): Opened | null {
    return whatOpens(place, path => this._options.files.reaches(path));
  }

  /**
   * Rejects with an error that says why nothing could be opened.
   *
   * @returns whether it is the place itself: where its file is not to be had, the code that called it is opened
   */
  async open(place: IPlace): Promise<boolean> {
    if (!isFile(place.file)) {
      await this._openNotebook(place);
      return true;
    }
    const path = await this._options.files.find(place.file);
    if (path !== null) {
      await this._show(path, place);
      return true;
    }
    const caller = { ...place, file: '', line: 0 };
    const opens = this.opens(caller);
    if (opens !== 'cell' && opens !== 'notebook') {
      throw new Error(this.missing(place.file));
    }
    await this._openNotebook(caller);
    return false;
  }

  /** Why a file cannot be opened. */
  missing(file: string): string {
    const { trans, files } = this._options;
    return files.reaches(file)
      ? trans.__('%1 is no longer there.', shortPath(file))
      : trans.__(
          '%1 lies outside of the folder that this server shows.',
          shortPath(file)
        );
  }

  /** See {@link IActions.promptOf}. */
  promptOf(node: NodeView): string {
    const { documents, files } = this._options;
    if (node.cell === '' || node.notebook === '') {
      return '';
    }
    const path = this.pathOf(node.kernel) ?? files.guess(node.notebook);
    const panel = path === null ? undefined : documents.findWidget(path);
    if (!(panel instanceof NotebookPanel)) {
      return '';
    }
    const cell = findCell(panel.content, { cell: node.cell, file: '' });
    return cell === null ? '' : promptOf(cell);
  }

  get promptsChanged(): ISignal<this, void> {
    return this._promptsChanged;
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

  /** Asks once for all of them, as far as their kernels run. */
  async restart(nodes: readonly NodeView[]): Promise<void> {
    const { trans } = this._options;
    const kernels = new Map<string, string>();
    for (const { kernel } of nodes) {
      const path = this.pathOf(kernel);
      if (path !== null) {
        kernels.set(kernel, path);
      }
    }
    const [first] = nodes;
    if (kernels.size === 0 && first !== undefined) {
      this._kernel(first);
    }
    const [path = ''] = kernels.values();
    const answer = await showDialog({
      title:
        kernels.size > 1
          ? trans.__('Restart kernels?')
          : trans.__('Restart Kernel?'),
      body:
        kernels.size > 1
          ? trans.__(
              'Do you want to restart the kernels of %1 notebooks? All variables will be lost.',
              kernels.size
            )
          : trans.__(
              'Do you want to restart the kernel of %1? All variables will be lost.',
              PathExt.basename(path)
            ),
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: trans.__('Restart') })
      ]
    });
    if (answer.button.accept) {
      await Promise.all(
        [...kernels].map(([kernel, of]) => this._restart(kernel, of))
      );
    }
  }

  /** An open notebook restarts its kernel itself: it has states of its own to reset. */
  private async _restart(kernel: string, path: string): Promise<void> {
    const { documents, app } = this._options;
    const open = documents.findWidget(path);
    if (
      open instanceof NotebookPanel &&
      open.sessionContext.session?.kernel?.id === kernel
    ) {
      await open.sessionContext.restartKernel();
    } else {
      await KernelAPI.restartKernel(kernel, app.serviceManager.serverSettings);
    }
  }

  private async _openNotebook(place: IPlace): Promise<void> {
    const path = await this._find(place.kernel, place.notebook);
    if (!(await this._show(path, place))) {
      throw new Error(
        this._options.trans.__(
          'The cell is no longer in %1.',
          PathExt.basename(path)
        )
      );
    }
  }

  /** Throws an error for a kernel that has ended. */
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
    const { documents } = this._options;
    const widget =
      documents.findWidget(path, 'Notebook') ??
      documents.open(path, 'Notebook', undefined, { activate: false });
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
          : this.missing(notebook)
      );
    }
    return path;
  }

  /**
   * Beside the view that asked for it, so that both can be seen.
   *
   * @returns false: the document is there, and the cell is not
   */
  private async _show(path: string, place: IPlace): Promise<boolean> {
    const { app, documents, beside, leave } = this._options;
    const open = documents.findWidget(path);
    if (open !== undefined) {
      app.shell.activateById(open.id);
      return showPlace(open, place);
    }
    leave?.(path, place);
    const ref = beside();
    const widget = documents.open(
      path,
      undefined,
      undefined,
      ref === null ? {} : { ref, mode: 'split-right' }
    );
    return widget === undefined || showPlace(widget, place);
  }

  private readonly _promptsChanged = new Signal<this, void>(this);
  private readonly _dialogs: SessionContextDialogs;
}
