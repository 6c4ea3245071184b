import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { reportFault } from '../hub/faults';
import { addKeyCommands } from '../federation/keys';
import { follow } from '../settings';
import { translated } from '../settingTexts';
import { IFederationPanels } from './tokens';

export const SETTINGS_ID = 'alphamed_nb:plugin';

/** The keys of the views as commands, and what users may set. */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: SETTINGS_ID,
  description: 'Keys and settings of the federation views.',
  autoStart: true,
  requires: [IFederationPanels],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    { panels, trans }: IFederationPanels,
    registry: ISettingRegistry | null
  ): void => {
    addKeyCommands(app.commands, trans, () => panels.focused()?.keys ?? null);
    if (registry === null) {
      return;
    }
    // The schema says that it waits for this: nobody sees it before it is translated.
    registry.transform(SETTINGS_ID, {
      fetch: plugin => ({ ...plugin, schema: translated(plugin.schema, trans) })
    });
    registry.load(SETTINGS_ID).then(follow, (error: unknown) => {
      reportFault('The settings of the federation cannot be read.', error);
    });
  }
};
