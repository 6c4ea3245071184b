import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IFederation } from '../../tokens';
import { PlugIcon, WarningIcon } from '../common/icons';

export interface IConnectionNoteProps {
  federation: IFederation;
  trans: TranslationBundle;
}

/** One line when what is shown is not live. */
export function ConnectionNote(
  props: IConnectionNoteProps
): JSX.Element | null {
  const { federation, trans } = props;
  const { state, message } = federation.connection;
  switch (state) {
    case 'lost':
      return (
        <p className="jp-alphamed-Sidebar-note" role="status">
          <PlugIcon />
          <span>{trans.__('hub lost, reconnecting')}</span>
          <button type="button" onClick={() => federation.retry()}>
            {trans.__('Try now')}
          </button>
        </p>
      );
    case 'refused':
      return (
        <p className="jp-alphamed-Sidebar-note" role="status" title={message}>
          <WarningIcon />
          <span>{trans.__('The server refuses: %1', message)}</span>
          <Reload trans={trans} />
        </p>
      );
    case 'outdated':
      return (
        <p className="jp-alphamed-Sidebar-note" role="status">
          <WarningIcon />
          <span>{trans.__('The server has another version now.')}</span>
          <Reload trans={trans} />
        </p>
      );
    default:
      return null;
  }
}

function Reload({ trans }: { trans: TranslationBundle }): JSX.Element {
  return (
    <button type="button" onClick={() => window.location.reload()}>
      {trans.__('Reload the page')}
    </button>
  );
}
