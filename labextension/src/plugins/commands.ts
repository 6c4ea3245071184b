import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { addKeyCommands } from '../federation/keys';
import { follow } from '../settings';
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
    registry?.load(SETTINGS_ID).then(follow, () => undefined);
  }
};
