import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { reportFault } from '../hub/faults';
import { IFederation } from '../tokens';
import { StatusWidget } from '../views/StatusWidget';
import { SETTINGS_ID } from './commands';
import { IFederationPanels } from './tokens';

/** The item in the status bar, and the hint at it. */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'alphamed_nb:status',
  description: 'How all nodes stand, in the status bar.',
  autoStart: true,
  requires: [IFederation, IFederationPanels],
  optional: [IStatusBar, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    federation: IFederation,
    { actions, trans }: IFederationPanels,
    statusBar: IStatusBar | null,
    registry: ISettingRegistry | null
  ): void => {
    if (statusBar === null) {
      return;
    }
    const item = new StatusWidget(federation, actions, trans);
    statusBar.registerStatusItem('alphamed_nb:status', {
      item,
      align: 'left',
      rank: 3,
      priority: 1
    });
    // Not before all plugins are active: one of them makes the settings readable.
    void app.restored
      .then(() => registry?.load(SETTINGS_ID))
      .then(
        settings => {
          if (
            settings !== undefined &&
            settings.composite['hintSeen'] !== true
          ) {
            item.showHint(() => {
              void settings.set('hintSeen', true);
            });
          }
        },
        (error: unknown) => {
          reportFault('Whether the hint was put away cannot be read.', error);
        }
      );
  }
};
