import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { NodeView } from '../hub/protocol';
import type {
  IActions,
  IFederation,
  IPlace,
  IRunModel,
  Opened
} from '../tokens';
import { firstProblem } from '../model/glance';
import { openExample } from './example';
import { Files, saveBlob } from './files';
import type { INotebooksOptions } from './notebooks';
import { Notebooks } from './notebooks';

const NOTICE_SHOWN = 8000; // milliseconds

export interface IActionsOptions {
  app: JupyterFrontEnd;
  documents: IDocumentManager;
  tracker: INotebookTracker | null;
  federation: IFederation;
  translator: ITranslator;
  trans: TranslationBundle;
  /** Open the main-area view; its model. Null: it opens on another page. */
  openView: (
    task: string | null,
    view: string | null,
    error?: boolean
  ) => Promise<IRunModel | null>;
  /** The id of the main-area view that can be seen. */
  beside: () => string | null;
  /** See {@link INotebooksOptions.leave}. */
  leave: INotebooksOptions['leave'];
}

/** Asks JupyterLab for what views cannot do by themselves. What fails is told in a notification. */
export class Actions implements IActions {
  constructor(private readonly _options: IActionsOptions) {
    const { app, trans } = _options;
    this._files = new Files(app.serviceManager.contents, app.commands, trans);
    this._notebooks = new Notebooks({ ..._options, files: this._files });
    this._notebooks.promptsChanged.connect(() => this._promptsChanged.emit());
  }

  open(place: IPlace): Promise<void> {
    const { trans } = this._options;
    return this._try(async () => {
      if (!(await this._notebooks.open(place))) {
        Notification.info(
          `${this._notebooks.missing(place.file)} ${trans.__('This is the code that called it.')}`,
          { autoClose: NOTICE_SHOWN }
        );
      }
    });
  }

  opens(place: IPlace): Opened | null {
    return this._notebooks.opens(place);
  }

  promptOf(node: NodeView): string {
    return this._notebooks.promptOf(node);
  }

  get promptsChanged(): ISignal<IActions, void> {
    return this._promptsChanged;
  }

  hasNotebook(node: NodeView): boolean {
    return this._notebooks.has(node);
  }

  runNotebook(node: NodeView): Promise<void> {
    return this._try(() => this._notebooks.run(node));
  }

  interrupt(node: NodeView): Promise<void> {
    return this._try(() => this._notebooks.interrupt(node));
  }

  restart(nodes: readonly NodeView[]): Promise<void> {
    return this._try(() => this._notebooks.restart(nodes));
  }

  openResults(task: string, node: NodeView): Promise<void> {
    return this._try(async () =>
      this._files.openFolder(await this._resultFolder(task, node))
    );
  }

  download(task: string, node: NodeView, file: string): Promise<void> {
    return this._try(async () =>
      this._files.download(
        PathExt.join(await this._resultFolder(task, node), file)
      )
    );
  }

  tensorboardCommand(task: string, node: NodeView): string {
    const notebook =
      this._notebooks.pathOf(node.kernel) ??
      (node.notebook === '' ? null : this._files.guess(node.notebook));
    const result = PathExt.join(node.node, task, 'result');
    return `tensorboard --logdir ${this._files.quoted(
      notebook === null
        ? result
        : PathExt.join(PathExt.dirname(notebook), result)
    )}`;
  }

  copy(text: string): Promise<void> {
    return this._try(async () => {
      if (navigator.clipboard === undefined) {
        // Pages that came over plain HTTP from another machine have no clipboard of their own.
        Clipboard.copyToSystem(text);
      } else {
        await navigator.clipboard.writeText(text);
      }
    });
  }

  saveFile(name: string, content: Blob): void {
    saveBlob(name, content);
  }

  openView(task: string | null, view?: string): void {
    void this._try(async () => {
      await this._options.openView(task, view ?? null);
    });
  }

  showError(task: string | null): void {
    void this._try(() => this._showError(task));
  }

  openExample(): Promise<void> {
    const { app, documents } = this._options;
    return this._try(() =>
      openExample(documents, app.serviceManager.contents, this._files)
    );
  }

  /** Tell the user what went wrong. */
  readonly report = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    Notification.error(message, { autoClose: NOTICE_SHOWN });
  };

  private async _showError(task: string | null): Promise<void> {
    const { federation, openView } = this._options;
    const tasks = [...federation.tasks.values()];
    // Of one task what led to the rest, as it is told beside the button; of all what nobody has seen.
    const problem =
      task === null
        ? firstProblem(tasks, other => federation.unseenErrors(other))
        : firstProblem(
            tasks.filter(other => other.task === task),
            () => []
          );
    const model = await openView(problem?.task ?? task, 'logs', true);
    if (model === null || problem === null) {
      return;
    }
    model.setAsOf(null);
    if (model.run !== null) {
      // The error is the latest run's.
      model.select(problem.task);
    }
    model.save('logs.reveal', { seq: problem.seq, nonce: Date.now() });
  }

  private async _resultFolder(task: string, node: NodeView): Promise<string> {
    const { trans } = this._options;
    const notebook =
      this._notebooks.pathOf(node.kernel) ??
      (node.notebook === '' ? null : await this._files.find(node.notebook));
    if (notebook === null) {
      throw new Error(
        trans.__('It is not known where the files of %1 lie.', node.node)
      );
    }
    return PathExt.join(PathExt.dirname(notebook), node.node, task, 'result');
  }

  private async _try(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.report(error);
    }
  }

  private readonly _promptsChanged = new Signal<IActions, void>(this);
  private readonly _files: Files;
  private readonly _notebooks: Notebooks;
}
