import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Problem, TaskGlance } from '../../hub/protocol';
import { formatTime } from '../../model/format';
import type { IActions, IFederation, IRunState } from '../../tokens';
import type { INames } from '../common/hooks';
import { openError } from '../common/openError';
import { StateIcon } from '../common/StateIcon';

export interface ILastProblemProps {
  glance: TaskGlance;
  /** Its latest run, if that is the one shown. */
  run: IRunState | null;
  names: INames;
  federation: IFederation;
  actions: IActions;
  trans: TranslationBundle;
}

/** The latest failure of the task, and the way to it. */
export function LastProblem(props: ILastProblemProps): JSX.Element {
  const { glance, names, actions, trans } = props;
  const { problem } = glance;
  return (
    <section aria-label={trans.__('Last problem')}>
      <h3>{trans.__('Last problem')}</h3>
      {problem === null ? (
        <div className="jp-alphamed-Sidebar-card">
          <div className="jp-alphamed-Sidebar-line jp-mod-secondary">
            <StateIcon state="finished" />
            {trans.__('No problem so far')}
          </div>
        </div>
      ) : (
        <div className="jp-alphamed-Sidebar-card jp-mod-problem">
          <div className="jp-alphamed-Sidebar-line">
            <StateIcon state="failed" />
            <code title={problem.node}>{names.short(problem.node)}</code>
            <span className="jp-alphamed-Sidebar-since">
              {formatTime(problem.at)}
            </span>
          </div>
          <pre>{errorText(problem)}</pre>
          <div className="jp-alphamed-Sidebar-links">
            <button
              type="button"
              onClick={() => actions.showError(glance.task)}
            >
              {trans.__('Show traceback')}
            </button>
            <button
              type="button"
              onClick={() => {
                openCell(props).catch(() => actions.showError(glance.task));
              }}
            >
              {trans.__('Open cell')}
            </button>
          </div>
        </div>
      )}
    </section>
  );
}

/** The code that failed, by the node's error records: the line that tells of it, and the traceback. */
function openCell(props: ILastProblemProps): Promise<void> {
  const { glance, run, federation, actions } = props;
  const errors =
    run?.members.find(member => member.node === glance.problem?.node)?.errors ??
    glance.errors;
  return openError(federation, actions, glance.task, glance.run, errors);
}

function errorText({ type, message: text }: Problem): string {
  const message = text.trim();
  if (message === '' || message === type) {
    return type;
  }
  return message.startsWith(`${type}:`) ? message : `${type}: ${message}`;
}
