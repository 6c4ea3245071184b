/** The main-area view: header, sentence, strip, and the view of the tab. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { SentenceAction } from '../model/sentence';
import { connectionSentence, runSentence } from '../model/sentence';
import type { IActions, IRunModel, IRunState, Opened } from '../tokens';
import { VIEWS, viewOf } from './index';
import { AsOfBar } from './common/AsOfBar';
import { FirstRun } from './common/FirstRun';
import {
  useFederation,
  useModel,
  useNames,
  useNow,
  useSize
} from './common/hooks';
import { keepPlaces } from './common/keepPlaces';
import { useKeys } from './common/keys';
import type { MenuEntry } from './common/Menu';
import { errorOpens, openError, useErrorRecord } from './common/openError';
import { RemoveBar } from './common/RemoveBar';
import { SentenceBar } from './common/SentenceBar';
import { Strip } from './common/Strip';
import { widthOf, type ViewWidth } from './common/width';
import { Header } from './Header';

export interface IFederationViewProps {
  model: IRunModel;
  actions: IActions;
  trans: TranslationBundle;
  /** More items for the menu, as the status of the hub. */
  menu?: () => readonly MenuEntry[];
}

let views = 0;

export function FederationView(props: IFederationViewProps): JSX.Element {
  const { model, actions } = props;
  const trans = React.useMemo(() => keepPlaces(props.trans), [props.trans]);
  useModel(model);
  useFederation(model.federation);
  const root = React.useRef<HTMLDivElement>(null);
  const width = widthOf(useSize(root).width);
  const now = useNow(model);
  const [panelId] = React.useState(() => `jp-alphamed-view-${++views}`);
  const view = viewOf(model);
  const step = (by: number) => {
    const place = VIEWS.indexOf(view) + by + VIEWS.length;
    model.setView((VIEWS[place % VIEWS.length] ?? view).name);
  };
  useKeys({
    'previous-view': () => step(-1),
    'next-view': () => step(1),
    escape: () => {
      if (model.asOf === null) {
        return false;
      }
      model.setAsOf(null);
      return true;
    }
  });
  const [asking, setAsking] = React.useState<IRunState | null>(null);
  const menu = () => menuOf(model, trans, setAsking, props.menu?.() ?? []);
  return (
    <div className="jp-alphamed-View" data-width={width} ref={root}>
      <Header
        model={model}
        now={now}
        trans={trans}
        menu={menu}
        panelId={panelId}
      />
      {asking === null ? null : (
        <RemoveBar
          model={model}
          trans={trans}
          task={asking.task}
          run={asking.run}
          onClose={() => setAsking(null)}
        />
      )}
      <Head {...props} trans={trans} now={now} width={width} />
      <div
        className="jp-alphamed-View-body"
        id={panelId}
        role="tabpanel"
        aria-label={view.word(trans)}
      >
        {model.task === null ? (
          <FirstRun actions={actions} trans={trans} />
        ) : (
          <view.Component model={model} actions={actions} trans={trans} />
        )}
      </div>
    </div>
  );
}

/** Sentence, as-of bar and strip. */
function Head(
  props: IFederationViewProps & { now: number; width: ViewWidth }
): JSX.Element | null {
  const { model, actions, trans, now, width } = props;
  const { federation, shown } = model;
  const names = useNames(shown);
  const clock = useClock(model);
  const lost = connectionSentence(federation.connection, clock);
  const sentence = lost ?? runSentence(shown, now);
  const onAction = (action: SentenceAction) => {
    act(action, model, actions, shown);
  };
  const opens = useOpens(model, actions, sentence.action);
  if (model.task === null && lost === null) {
    return null;
  }
  return (
    <>
      <SentenceBar
        sentence={sentence}
        opens={opens}
        names={names}
        now={now}
        trans={trans}
        onAction={onAction}
      />
      <AsOfBar model={model} trans={trans} />
      {shown === null || shown.members.length === 0 ? null : (
        <Strip
          model={model}
          run={shown}
          names={names}
          now={now}
          lostSince={
            model.asOf === null && shown.ended === 0 && lost !== null
              ? now
              : null
          }
          trans={trans}
          small={width === 'small'}
        />
      )}
    </>
  );
}

/** What the sentence's action opens, for one that opens code. */
function useOpens(
  model: IRunModel,
  actions: IActions,
  action: SentenceAction | null
): Opened | null {
  const { federation, shown } = model;
  const errors = action?.kind === 'open cell' ? errorsOf(shown, action) : NONE;
  const row = useErrorRecord(
    federation,
    shown?.task ?? '',
    shown?.run ?? 0,
    errors
  );
  return errorOpens(actions, row);
}

const NONE: readonly number[] = [];

function errorsOf(
  run: IRunState | null,
  { node }: { node: string }
): readonly number[] {
  return run?.members.find(member => member.node === node)?.errors ?? NONE;
}

/** The clock that goes on while the hub is away. */
function useClock(model: IRunModel): number {
  const { state } = model.federation.connection;
  const [, again] = React.useReducer((n: number) => n + 1, 0);
  React.useEffect(() => {
    if (state !== 'lost') {
      return;
    }
    const timer = setInterval(again, 1000);
    return () => clearInterval(timer);
  }, [state]);
  return model.federation.now();
}

function act(
  action: SentenceAction,
  model: IRunModel,
  actions: IActions,
  run: IRunState | null
): void {
  switch (action.kind) {
    case 'open cell': {
      if (run !== null) {
        openError(
          model.federation,
          actions,
          run.task,
          run.run,
          errorsOf(run, action)
        ).catch(
          // Where it cannot be read, its row at least can be shown.
          () => actions.showError(run.task)
        );
      }
      return;
    }
    case 'show traceback':
      actions.showError(run?.task ?? null);
      return;
    case 'how to start':
      model.save('nodes.selected', action.node);
      model.setView('nodes');
      return;
    case 'retry':
      model.federation.retry();
      return;
    case 'reload':
      window.location.reload();
  }
}

function menuOf(
  model: IRunModel,
  trans: TranslationBundle,
  remove: (run: IRunState) => void,
  more: readonly MenuEntry[]
): MenuEntry[] {
  const { shown, hidden } = model;
  const entries: MenuEntry[] = [];
  if (hidden.size > 0) {
    entries.push({
      label: trans.__('Show all nodes'),
      run: () => model.showAllNodes()
    });
  }
  if (shown !== null) {
    entries.push({
      label: trans.__('Remove run %1', shown.run),
      // The hub refuses it, too.
      disabled: shown.ended === 0,
      hint: shown.ended === 0 ? trans.__('it is going on') : undefined,
      run: () => remove(shown)
    });
  }
  return entries.length > 0 && more.length > 0
    ? [...entries, 'line', ...more]
    : [...entries, ...more];
}
