/** The plugins of the extension; what they do stands in plugins/. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { commandsPlugin } from './plugins/commands';
import { federationPlugin } from './plugins/federation';
import { notebook7Plugin } from './plugins/notebook7';
import { notificationsPlugin } from './plugins/notifications';
import { panelPlugin } from './plugins/panel';
import { statusPlugin } from './plugins/status';

export { IFederation } from './tokens';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  federationPlugin,
  panelPlugin,
  statusPlugin,
  commandsPlugin,
  notificationsPlugin,
  notebook7Plugin
];

export default plugins;
