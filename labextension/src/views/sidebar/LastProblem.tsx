import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Problem, TaskGlance } from '../../hub/protocol';
import { plain } from '../../model/ansi';
import { safeName } from '../../model/escaped';
import { formatTime } from '../../model/format';
import type { IActions, IFederation, IRunState } from '../../tokens';
import type { INames } from '../common/hooks';
import {
  errorOpens,
  openError,
  openWord,
  useErrorRecord
} from '../common/openError';
import { StateIcon } from '../common/StateIcon';

export interface ILastProblemProps {
  glance: TaskGlance;
  /** Its latest run, if that is the one shown. */
  run: IRunState | null;
  /** Whether it can be seen: else nothing is asked for. */
  visible: boolean;
  names: INames;
  federation: IFederation;
  actions: IActions;
  trans: TranslationBundle;
}

/** The latest failure of the task, and the way to it. */
export function LastProblem(props: ILastProblemProps): JSX.Element {
  const { glance, names, federation, actions, trans } = props;
  const { problem } = glance;
  const row = useErrorRecord(
    federation,
    glance.task,
    glance.run,
    props.visible ? errorsOf(props) : NONE
  );
  const opens = errorOpens(actions, row);
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
            <code title={safeName(problem.node)}>
              {names.short(problem.node)}
            </code>
            <span className="jp-alphamed-Sidebar-since">
              {formatTime(problem.at)}
            </span>
          </div>
          <pre>{plain(errorText(problem))}</pre>
          <div className="jp-alphamed-Sidebar-links">
            <button
              type="button"
              onClick={() => actions.showError(glance.task)}
            >
              {trans.__('Show traceback')}
            </button>
            {opens === null ? null : (
              <button
                type="button"
                onClick={() => {
                  openCode(props).catch(() => actions.showError(glance.task));
                }}
              >
                {openWord(trans, opens)}
              </button>
            )}
          </div>
        </div>
      )}
    </section>
  );
}

const NONE: readonly number[] = [];

/** Numbers of the error records of the node that failed: the line that tells of it, and the traceback. */
function errorsOf({ glance, run }: ILastProblemProps): readonly number[] {
  const { problem } = glance;
  if (problem === null) {
    return [];
  }
  return (
    run?.members.find(member => member.node === problem.node)?.errors ??
    glance.errors
  );
}

function openCode(props: ILastProblemProps): Promise<void> {
  const { glance, federation, actions } = props;
  const { task, run } = glance;
  return openError(federation, actions, task, run, errorsOf(props));
}

function errorText({ type, message: text }: Problem): string {
  const message = text.trim();
  if (message === '' || message === type) {
    return type;
  }
  return message.startsWith(`${type}:`) ? message : `${type}: ${message}`;
}
