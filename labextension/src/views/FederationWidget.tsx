import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { RunModel } from '../federation/runModel';
import { federationIcon } from '../icons';
import type { IActions } from '../tokens';
import { FederationView } from './FederationView';
import { KeysContext, ViewKeys } from './common/keys';
import type { MenuEntry } from './common/Menu';
import { showHubStatus } from './hub';
import { ModelWidget } from './ModelWidget';

/** Milliseconds in which a new view is on screen. */
const DRAWN = 80;

const LIST = '.jp-alphamed-list';

/** The main-area view. */
export class FederationWidget extends ModelWidget {
  constructor(
    model: RunModel,
    private readonly _actions: IActions,
    private readonly _trans: TranslationBundle
  ) {
    super(model);
    this.addClass('jp-alphamed-FederationWidget');
    this.title.label = _trans.__('Federation');
    this.title.icon = federationIcon;
    this.title.closable = true;
    this.node.tabIndex = -1;
    this.node.addEventListener('focusout', this._onFocusOut);
  }

  /** What keys do here. */
  readonly keys = new ViewKeys();

  protected override render(): JSX.Element {
    return (
      <KeysContext.Provider value={this.keys}>
        <FederationView
          model={this.model}
          actions={this._actions}
          trans={this._trans}
          menu={this._menu}
        />
      </KeysContext.Provider>
    );
  }

  private readonly _menu = (): MenuEntry[] => [
    {
      label: this._trans.__('Hub status'),
      run: () =>
        void showHubStatus(this.model.federation, this._actions, this._trans)
    }
  ];

  /** A list that had the focus may be replaced, by that of another view for instance: the new one gets it, or keys would lead nowhere. */
  private readonly _onFocusOut = (event: FocusEvent): void => {
    const { target } = event;
    if (!(target instanceof HTMLElement) || !target.matches(LIST)) {
      return;
    }
    window.setTimeout(() => {
      if (!target.isConnected && document.activeElement === document.body) {
        this._focusList();
      }
    }, DRAWN);
  };

  protected override onActivateRequest(): void {
    if (!this.node.contains(document.activeElement)) {
      this._focusList();
    }
  }

  private _focusList(): void {
    const list = this.node.querySelector<HTMLElement>(LIST);
    (list ?? this.node).focus({ preventScroll: true });
  }
}
