import { ILabShell } from '@jupyterlab/application';
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { PageConfig, PathExt, URLExt } from '@jupyterlab/coreutils';
import { DocumentWidget } from '@jupyterlab/docregistry';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { TabPanel } from '@lumino/widgets';
import type { Federation } from '../federation/federation';
import { showPlace } from '../federation/cells';
import { takeUp } from '../federation/handOver';
import type { IOpenOptions } from '../federation/panels';
import { IFederation } from '../tokens';
import { viewNamed } from '../views';
import { IFederationPanels } from './tokens';

/** In the address of the page that shows the full view. */
const QUERY = 'alphamed';
const ERROR = 'error';

/**
 * Notebook 7 has one document a page and neither launcher nor status bar. There the full view is a tab of the page with the files,
 * and `{base_url}tree?alphamed=view` shows it at once.
 */
export const notebook7Plugin: JupyterFrontEndPlugin<void> = {
  id: 'alphamed_nb:notebook7',
  description: 'The federation view on a page of its own, in Notebook 7.',
  autoStart: true,
  requires: [IFederation, IFederationPanels],
  optional: [ILabShell],
  activate: (
    app: JupyterFrontEnd,
    federation: Federation,
    { panels, actions, trans }: IFederationPanels,
    labShell: ILabShell | null
  ): void => {
    if (labShell !== null) {
      return;
    }
    if (PageConfig.getOption('notebookPage') !== 'tree') {
      panels.place = { ...panels.place, elsewhere };
      void showWhatWasLeft(app, trans);
      return;
    }
    void app.restored.then(async () => {
      const tabs = findTabs(app);
      if (tabs === null) {
        return;
      }
      panels.place = {
        add: widget => tabs.addWidget(widget),
        activate: widget => {
          tabs.currentWidget = widget;
        }
      };
      const asked = new URLSearchParams(window.location.search);
      await panels.open({
        task: asked.get('task'),
        view: viewNamed(asked.get(QUERY))?.name ?? null,
        activate: asked.has(QUERY)
      });
      if (asked.has(ERROR)) {
        await known(federation);
        actions.showError(asked.get('task'));
      }
    });
  }
};

/** Another page may have opened this one for a certain place. */
async function showWhatWasLeft(
  app: JupyterFrontEnd,
  trans: TranslationBundle
): Promise<void> {
  const widget = await document(app);
  const { path } = widget.context;
  const place = takeUp(path);
  if (place !== null && !(await showPlace(widget, place))) {
    Notification.error(
      trans.__('The cell is no longer in %1.', PathExt.basename(path))
    );
  }
}

/** The document of this page, when there is one. */
function document(app: JupyterFrontEnd): Promise<IDocumentWidget> {
  return new Promise(resolve => {
    const look = (): void => {
      const { currentWidget } = app.shell;
      if (currentWidget instanceof DocumentWidget) {
        app.shell.currentChanged?.disconnect(look);
        resolve(currentWidget);
      }
    };
    app.shell.currentChanged?.connect(look);
    look();
  });
}

/** When it is known which tasks there are. */
function known(federation: Federation): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (federation.known) {
        federation.changed.disconnect(look);
        resolve();
      }
    };
    federation.changed.connect(look);
    look();
  });
}

/** The tabs of the page with the files. */
function findTabs(app: JupyterFrontEnd): TabPanel | null {
  for (const widget of app.shell.widgets('main')) {
    if (widget instanceof TabPanel) {
      return widget;
    }
  }
  return null;
}

function elsewhere({ task, view, error }: IOpenOptions): void {
  const query = URLExt.objectToQueryString({
    [QUERY]: view ?? 'view',
    ...(task === null || task === undefined ? {} : { task }),
    ...(error === true ? { [ERROR]: '1' } : {})
  });
  window.open(URLExt.join(PageConfig.getBaseUrl(), 'tree') + query, QUERY);
}
