import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { TaskGlance } from '../../hub/protocol';
import { safeName } from '../../model/escaped';
import { toldOf, type ITold } from '../../model/failures';
import { formatCount, formatClock } from '../../model/format';
import type { IActions, IFederation, IRunState } from '../../tokens';
import { consequenceText, listText, whyText } from '../common/failureText';
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

/** What broke in the task, and the way to it. */
export function LastProblem(props: ILastProblemProps): JSX.Element {
  const { glance, names, federation, actions, trans } = props;
  const told = toldOf(glance.problem?.failures ?? []);
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
      {told === null ? (
        <div className="jp-alphamed-Sidebar-card">
          <div className="jp-alphamed-Sidebar-line jp-mod-secondary">
            <StateIcon state="finished" />
            {trans.__('No problem so far')}
          </div>
        </div>
      ) : (
        <div className="jp-alphamed-Sidebar-card jp-mod-problem">
          <Broken told={told} names={names} trans={trans} />
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

/** Numbers of the error records of the node that failed first: the line that tells of it, and the traceback. */
function errorsOf({ glance, run }: ILastProblemProps): readonly number[] {
  const first = glance.problem?.failures.find(({ gone }) => !gone);
  if (first === undefined) {
    return [];
  }
  return (
    run?.members.find(member => member.node === first.nodes[0])?.errors ??
    glance.errors
  );
}

function openCode(props: ILastProblemProps): Promise<void> {
  const { glance, federation, actions } = props;
  const { task, run } = glance;
  return openError(federation, actions, task, run, errorsOf(props));
}

/** What failed first, and what did because of it. */
function Broken(props: {
  told: ITold;
  names: INames;
  trans: TranslationBundle;
}): JSX.Element {
  const { told, names, trans } = props;
  const { first, others, consequence } = told;
  return (
    <>
      <div className="jp-alphamed-Sidebar-line">
        <StateIcon state={first.gone ? 'gone' : 'failed'} />
        <code title={first.nodes.map(safeName).join('\n')}>
          {listText(trans, first, names.short)}
        </code>
        <span className="jp-alphamed-Sidebar-since">
          {formatClock(first.at)}
        </span>
      </div>
      <pre>{whyText(trans, first)}</pre>
      {others === 0 ? null : (
        <p>
          {trans._n(
            '%2 other node failed with another error.',
            '%2 other nodes failed with other errors.',
            others,
            formatCount(others)
          )}
        </p>
      )}
      {consequence === null ? null : (
        <p>{consequenceText(trans, told, names.short)}</p>
      )}
    </>
  );
}
