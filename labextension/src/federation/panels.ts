/** The main-area views of this page: opening them, and keeping what they show. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { IStateDB } from '@jupyterlab/statedb';
import type { IRunModel } from '../tokens';
import type { FederationWidget } from '../views/FederationWidget';
import { ModelStates } from './modelStates';
import type { RunModel } from './runModel';
import type { IRunModelState } from './savedState';

export interface IPanelsOptions {
  shell: JupyterFrontEnd.IShell;
  states: IStateDB | null;
  defaultView: () => string;
  makeModel: (state: Partial<IRunModelState>) => RunModel;
  makeWidget: (model: RunModel) => FederationWidget;
}

export interface IOpenOptions {
  /** Which view, where there are several; the first is `main`. */
  id?: string;
  task?: string | null;
  view?: string | null;
  activate?: boolean;
  /** It is opened for an error of the task; only another page needs to be told so. */
  error?: boolean;
}

export interface IViewPlace {
  add(widget: FederationWidget): void;
  activate(widget: FederationWidget): void;
  /** Instead: open it on another page. */
  elsewhere?(options: IOpenOptions): void;
}

/** Of the layout that is kept; a state database takes what stands before the first colon for the namespace. */
const NAMESPACE = 'alphamed-nb-view';
/** Of what the views show. */
const STATES = 'alphamed-nb-state';

export class Panels {
  constructor(private readonly _options: IPanelsOptions) {
    const { shell } = _options;
    this._states = new ModelStates(_options.states);
    this.place = {
      add: widget => shell.add(widget, 'main', { type: 'Federation' }),
      activate: widget => shell.activateById(widget.id)
    };
  }

  readonly tracker = new WidgetTracker<FederationWidget>({
    namespace: NAMESPACE
  });

  /** Where views are put; Notebook 7 has another place for them. */
  place: IViewPlace;

  /** Open a view or show the one that is there; its model. Null: it opens on another page. */
  async open(options: IOpenOptions = {}): Promise<IRunModel | null> {
    if (this.place.elsewhere !== undefined) {
      this.place.elsewhere(options);
      return null;
    }
    const widget = await this._widget(this._idFor(options));
    if (!widget.isAttached) {
      this.place.add(widget);
    }
    if (options.activate !== false) {
      this.place.activate(widget);
    }
    const { model } = widget;
    if (options.task !== undefined && options.task !== null) {
      if (options.task !== model.task) {
        model.select(options.task);
      }
    }
    if (options.view !== undefined && options.view !== null) {
      model.setView(options.view);
    }
    return model;
  }

  /** A new view beside those that are open. */
  another(task: string | null): Promise<IRunModel | null> {
    let number = 2;
    while (this._opened.has(`view-${number}`)) {
      number += 1;
    }
    return this.open({ id: `view-${number}`, task });
  }

  /** What a view is called in the layout that is kept. */
  idOf(widget: FederationWidget): string {
    return widget.id.slice(PREFIX.length);
  }

  /** The view that has the focus. */
  focused(): FederationWidget | null {
    const { activeElement } = document;
    return (
      this._all().find(widget => widget.node.contains(activeElement)) ?? null
    );
  }

  /** One that can be seen. */
  visible(): FederationWidget | null {
    return this._all().find(widget => widget.isVisible) ?? null;
  }

  private _all(): FederationWidget[] {
    return this.tracker.filter(() => true);
  }

  /** A view that is pinned to another task stays as it is. */
  private _idFor(options: IOpenOptions): string {
    if (options.id !== undefined) {
      return options.id;
    }
    const task = options.task ?? null;
    const fits = this._all().find(
      ({ model }) => task === null || !model.pinned || model.task === task
    );
    if (fits !== undefined) {
      return this.idOf(fits);
    }
    let id = 'main';
    for (let number = 2; this._opened.has(id); number++) {
      id = `view-${number}`;
    }
    return id;
  }

  private _widget(id: string): Promise<FederationWidget> {
    let opened = this._opened.get(id);
    if (opened === undefined) {
      opened = this._make(id);
      this._opened.set(id, opened);
    }
    return opened;
  }

  private async _make(id: string): Promise<FederationWidget> {
    const { makeModel, makeWidget, defaultView } = this._options;
    const kept = await this._states.read(`${STATES}:${id}`);
    const model = makeModel({ view: defaultView(), ...kept });
    const widget = makeWidget(model);
    widget.id = PREFIX + id;
    this._states.keep(`${STATES}:${id}`, model);
    widget.disposed.connect(() => {
      this._opened.delete(id);
    });
    await this.tracker.add(widget);
    return widget;
  }

  private readonly _states: ModelStates;
  private readonly _opened = new Map<string, Promise<FederationWidget>>();
}

const PREFIX = 'alphamed-nb-';
