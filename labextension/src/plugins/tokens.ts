/** What the plugins of this extension hand each other. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import type { Panels } from '../federation/panels';
import type { IActions } from '../tokens';

export interface IFederationPanels {
  panels: Panels;
  actions: IActions;
  trans: TranslationBundle;
}

export const IFederationPanels = new Token<IFederationPanels>(
  'alphamed_nb:IFederationPanels',
  'The views of the federation, and what they can do.'
);

export const COMMANDS = {
  open: 'alphamed:open',
  openAnother: 'alphamed:open-another',
  showError: 'alphamed:show-error',
  showSidebar: 'alphamed:show-sidebar'
} as const;
