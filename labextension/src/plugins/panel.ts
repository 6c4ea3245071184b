import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { Actions } from '../federation/actions';
import type { Federation } from '../federation/federation';
import { leave } from '../federation/handOver';
import { Panels } from '../federation/panels';
import { RunModel } from '../federation/runModel';
import { federationIcon } from '../icons';
import { settings } from '../settings';
import { IFederation } from '../tokens';
import { viewNamed, VIEWS } from '../views';
import { keepPlaces } from '../views/common/keepPlaces';
import { FederationWidget } from '../views/FederationWidget';
import { SidebarWidget } from '../views/SidebarWidget';
import { COMMANDS, IFederationPanels } from './tokens';

/** The full view in the main area and the compact one in the side bar. */
export const panelPlugin: JupyterFrontEndPlugin<IFederationPanels> = {
  id: 'alphamed_nb:panel',
  description: 'The views of the federation: side bar and main area.',
  autoStart: true,
  provides: IFederationPanels,
  requires: [IFederation, IDocumentManager],
  optional: [
    ITranslator,
    IStateDB,
    ILabShell,
    ILayoutRestorer,
    ICommandPalette,
    ILauncher,
    INotebookTracker
  ],
  activate: (
    app: JupyterFrontEnd,
    federation: Federation,
    documents: IDocumentManager,
    translator: ITranslator | null,
    states: IStateDB | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    tracker: INotebookTracker | null
  ): IFederationPanels => {
    const trans = keepPlaces(
      (translator ?? nullTranslator).load('alphamed_nb')
    );
    const makeModel: ConstructorParameters<
      typeof Panels
    >[0]['makeModel'] = state =>
      new RunModel(federation, state, error => actions.report(error));
    const panels: Panels = new Panels({
      shell: app.shell,
      states,
      defaultView: () => settings.defaultView,
      makeModel,
      makeWidget: model => new FederationWidget(model, actions, trans)
    });
    const actions: Actions = new Actions({
      app,
      documents,
      tracker,
      federation,
      translator: translator ?? nullTranslator,
      trans,
      openView: (task, view, error) => panels.open({ task, view, error }),
      beside: () => panels.visible()?.id ?? null,
      leave: labShell === null ? leave : null
    });

    addCommands(app, panels, actions, trans);
    const category = trans.__('Federation');
    for (const command of Object.values(COMMANDS)) {
      palette?.addItem({ command, category });
    }
    launcher?.add({ command: COMMANDS.open, category: trans.__('Other') });

    const sidebar = new SidebarWidget(makeModel({}), actions, trans);
    app.shell.add(sidebar, 'left', { rank: 150, type: 'Federation' });
    restorer?.add(sidebar, sidebar.id);
    if (labShell !== null && restorer !== null) {
      void restorer.restore(panels.tracker, {
        command: COMMANDS.open,
        args: widget => ({ id: panels.idOf(widget), activate: false }),
        name: widget => panels.idOf(widget)
      });
    }
    return { panels, actions, trans };
  }
};

function addCommands(
  app: JupyterFrontEnd,
  panels: Panels,
  actions: Actions,
  trans: IFederationPanels['trans']
): void {
  const { commands } = app;
  const task = {
    type: 'string',
    description: trans.__('The id of a task; without it the latest.')
  };
  commands.addCommand(COMMANDS.open, {
    label: args =>
      args['isPalette'] === true
        ? trans.__('Open Federation')
        : trans.__('Federation'),
    caption: trans.__('Nodes, logs, messages and rounds of federated tasks'),
    icon: federationIcon,
    describedBy: {
      args: schema({
        task,
        view: { type: 'string', enum: VIEWS.map(({ name }) => name) },
        id: { type: 'string' },
        activate: { type: 'boolean' }
      })
    },
    execute: async args => {
      const { id, task, view, activate } = args;
      await panels.open({
        id: typeof id === 'string' ? id : undefined,
        task: typeof task === 'string' ? task : null,
        view: viewNamed(view)?.name ?? null,
        activate: activate !== false
      });
      return panels.visible();
    }
  });
  commands.addCommand(COMMANDS.openAnother, {
    label: trans.__('Open another Federation view'),
    describedBy: { args: schema({ task }) },
    execute: args =>
      panels
        .another(typeof args['task'] === 'string' ? args['task'] : null)
        .then(() => undefined)
  });
  commands.addCommand(COMMANDS.showError, {
    label: trans.__('Show the last problem'),
    describedBy: { args: schema({ task }) },
    execute: args => {
      actions.showError(typeof args['task'] === 'string' ? args['task'] : null);
    }
  });
  commands.addCommand(COMMANDS.showSidebar, {
    label: trans.__('Show Federation in the side bar'),
    describedBy: { args: schema({}) },
    execute: () => {
      app.shell.activateById('alphamed-nb-sidebar');
    }
  });
}

function schema(
  properties: Record<string, ReadonlyJSONObject>
): ReadonlyJSONObject {
  return { type: 'object', properties };
}
