import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IActions, IFederation } from '../tokens';
import { StatusItem } from './status';
import { Hint } from './status/Hint';

/** The item in the status bar. */
export class StatusWidget extends ReactWidget {
  constructor(
    private readonly _federation: IFederation,
    private readonly _actions: IActions,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-alphamed-StatusWidget');
  }

  /** Show the hint until the user puts it away. */
  showHint(onDone: () => void): void {
    this._onHintDone = () => {
      this._onHintDone = null;
      this.update();
      onDone();
    };
    this.update();
  }

  protected override render(): JSX.Element {
    return (
      <>
        <StatusItem
          federation={this._federation}
          actions={this._actions}
          trans={this._trans}
        />
        {this._onHintDone === null ? null : (
          <Hint
            trans={this._trans}
            anchor={this.node}
            onDone={this._onHintDone}
          />
        )}
      </>
    );
  }

  private _onHintDone: (() => void) | null = null;
}
