import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Federation } from '../federation/federation';
import { Page } from '../federation/page';
import { SeenErrors } from '../federation/seen';
import { HubApi } from '../hub/api';
import { Server } from '../hub/server';
import { IFederation } from '../tokens';
import { VERSION } from '../version';

/** The connection to the hub, for all views and for other extensions. */
export const federationPlugin: JupyterFrontEndPlugin<IFederation> = {
  id: 'alphamed_nb:federation',
  description: 'The federation that runs on this server.',
  autoStart: true,
  provides: IFederation,
  activate: (app: JupyterFrontEnd): IFederation => {
    const server = new Server(app.serviceManager.serverSettings);
    const federation = new Federation({
      server,
      api: new HubApi(server),
      page: new Page(),
      seen: new SeenErrors(() => window.localStorage),
      version: VERSION
    });
    // Not before what the user waits for.
    void app.restored.then(() => federation.start());
    return federation;
  }
};
