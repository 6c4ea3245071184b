import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { RunModel } from '../federation/runModel';
import { federationIcon } from '../icons';
import type { IActions } from '../tokens';
import { ModelWidget } from './ModelWidget';
import { Sidebar } from './sidebar';

/** The side bar's panel. */
export class SidebarWidget extends ModelWidget {
  constructor(
    model: RunModel,
    private readonly _actions: IActions,
    private readonly _trans: TranslationBundle
  ) {
    super(model);
    this.id = 'alphamed-nb-sidebar';
    this.addClass('jp-alphamed-SidebarWidget');
    this.title.icon = federationIcon;
    this.title.caption = _trans.__('Federation');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('Federation'));
  }

  protected override render(): JSX.Element {
    return (
      <Sidebar model={this.model} actions={this._actions} trans={this._trans} />
    );
  }
}
