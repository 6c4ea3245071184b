import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { safeName } from '../../model/escaped';
import { nextLongWait, summarise } from '../../model/glance';
import { shortId } from '../../model/marks';
import type { IActions, IFederation } from '../../tokens';
import { useFederation } from '../common/hooks';
import { FederationIcon, PlugIcon, WarningIcon } from '../common/icons';
import { StateIcon } from '../common/StateIcon';

export interface IStatusItemProps {
  federation: IFederation;
  actions: IActions;
  trans: TranslationBundle;
}

/** How all nodes stand, in a few words. A failure leads to its traceback, the rest to the view. */
export function StatusItem(props: IStatusItemProps): JSX.Element {
  const { federation, actions, trans } = props;
  useFederation(federation);
  useAlarm(nextLongWait(federation.tasks.values(), federation.now()), () =>
    federation.now()
  );
  const open = () => actions.openView(null);
  return (
    <div
      className="jp-alphamed-Status"
      role="group"
      aria-label={trans.__('Federation')}
    >
      <button
        type="button"
        className="jp-alphamed-Status-part"
        title={trans.__('Open the Federation view')}
        aria-label={trans.__('Open the Federation view')}
        onClick={open}
      >
        <FederationIcon size={14} />
      </button>
      <Counts federation={federation} trans={trans} actions={actions} />
    </div>
  );
}

/** Draw again at a time. */
function useAlarm(at: number | null, now: () => number): void {
  const [, again] = React.useReducer((n: number) => n + 1, 0);
  React.useEffect(() => {
    if (at === null) {
      return;
    }
    const timer = window.setTimeout(again, 1000 * Math.max(0, at - now()) + 50);
    return () => window.clearTimeout(timer);
    // Only the time matters: the clock is read when the timer is set.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [at]);
}

function Counts(props: IStatusItemProps): JSX.Element {
  const { federation, actions, trans } = props;
  const { state, message } = federation.connection;
  const open = () => actions.openView(null);
  if (state === 'lost') {
    return (
      <Part onClick={open} mod="warning" icon={<PlugIcon />}>
        {trans.__('hub lost, reconnecting')}
      </Part>
    );
  }
  if (state === 'refused' || state === 'outdated') {
    return (
      <Part onClick={open} mod="warning" icon={<WarningIcon />} title={message}>
        {state === 'refused'
          ? trans.__('no access to the hub')
          : trans.__('Reload the page')}
      </Part>
    );
  }
  const { failed, unseen, waits, running } = summarise(
    federation.tasks.values(),
    task => federation.unseenErrors(task),
    federation.now()
  );
  if (failed + running === 0 && waits === null) {
    return <Part onClick={open}>{trans.__('no nodes')}</Part>;
  }
  return (
    <>
      {failed > 0 ? (
        <Part
          onClick={() => actions.showError(null)}
          mod={unseen ? 'unseen' : 'failed'}
          title={trans.__('Show traceback')}
        >
          {trans._n('%1 failed', '%1 failed', failed)}
        </Part>
      ) : null}
      {waits !== null ? (
        <Part
          onClick={() => actions.openView(waits.task, 'nodes')}
          mod="warning"
          icon={<StateIcon state="waiting" long size={12} />}
          title={safeName(waits.node)}
        >
          {trans._n(
            '%1 waits for %2',
            '%1 wait for %2',
            waits.count,
            shortId(waits.node)
          )}
        </Part>
      ) : null}
      {running > 0 ? (
        <Part onClick={open} icon={<StateIcon state="training" size={12} />}>
          {trans._n('%1 running', '%1 running', running)}
        </Part>
      ) : null}
    </>
  );
}

interface IPartProps {
  onClick: () => void;
  mod?: 'warning' | 'failed' | 'unseen';
  icon?: React.ReactNode;
  title?: string;
  children: React.ReactNode;
}

function Part(props: IPartProps): JSX.Element {
  const mod = props.mod === undefined ? '' : ` jp-mod-${props.mod}`;
  return (
    <button
      type="button"
      className={`jp-alphamed-Status-part${mod}`}
      title={props.title}
      onClick={props.onClick}
    >
      {props.icon}
      <span>{props.children}</span>
    </button>
  );
}
