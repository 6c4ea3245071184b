/** The dialog that tells how the hub is, and what it keeps. */

import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IActions, IFederation } from '../../tokens';
import { HubStatusText } from './HubStatusText';

/** Open it; resolves when the user has closed it. */
export async function showHubStatus(
  federation: IFederation,
  actions: IActions,
  trans: TranslationBundle
): Promise<void> {
  const body = ReactWidget.create(
    <HubStatusText federation={federation} actions={actions} trans={trans} />
  );
  body.addClass('jp-alphamed-Hub');
  const dialog = new Dialog({
    title: trans.__('Hub status'),
    body,
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
  dialog.addClass('jp-alphamed-HubDialog');
  await dialog.launch();
}
