import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { messageOf } from '../../hub/errors';
import type { HubStatus, HubStorage } from '../../hub/protocol';
import { formatBytes, formatCount, formatDateTime } from '../../model/format';
import type { IActions, IFederation } from '../../tokens';
import { CodeLine } from '../common/CodeLine';
import { Fields } from '../common/Fields';
import { ageText } from '../common/words';

export interface IHubStatusProps {
  federation: IFederation;
  actions: IActions;
  trans: TranslationBundle;
}

interface IAnswers {
  status: HubStatus;
  storage: HubStorage;
  /** The hub's clock when they came. */
  now: number;
}

/** What the hub says of itself: its version, its data directory, what it keeps and for how long. Asked once. */
export function HubStatusText(props: IHubStatusProps): JSX.Element {
  const { federation, trans } = props;
  const [answers, setAnswers] = React.useState<IAnswers | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  React.useEffect(() => {
    let live = true;
    const { api } = federation;
    Promise.all([api.status(), api.storage()]).then(
      ([status, storage]) => {
        if (live) {
          setAnswers({ status, storage, now: federation.now() });
        }
      },
      (error: unknown) => {
        if (live) {
          setProblem(messageOf(error));
        }
      }
    );
    return () => {
      live = false;
    };
  }, [federation]);
  if (problem !== null) {
    return (
      <p className="jp-alphamed-Hub-problem jp-alphamed-code" role="alert">
        {trans.__('The hub did not answer: %1', problem)}
      </p>
    );
  }
  return answers === null ? (
    <p className="jp-alphamed-secondary" aria-busy="true">
      {trans.__('Asking the hub.')}
    </p>
  ) : (
    <Answers {...props} {...answers} />
  );
}

type IAnswersProps = IHubStatusProps & IAnswers;

function Answers(props: IAnswersProps): JSX.Element {
  const { trans, status, now } = props;
  const since = formatDateTime(status.started).slice(0, 19);
  return (
    <>
      <Fields
        rows={[
          [trans.__('Hub version'), <Code key="" text={status.release} />],
          [
            trans.__('Protocol version'),
            <Code key="" text={String(status.protocol)} />
          ],
          [
            trans.__('Up for'),
            <>
              {ageText(trans, now - status.started)}
              <span className="jp-alphamed-secondary">
                {' · '}
                {trans.__('since %1', since)}
              </span>
            </>
          ],
          [
            trans.__('Data directory'),
            <>
              <div className="jp-alphamed-Hub-path jp-alphamed-code">
                {status.data_dir}
              </div>
              {status.note === '' ? null : (
                <div className="jp-alphamed-Hub-path jp-alphamed-Hub-note jp-alphamed-code">
                  {status.note}
                </div>
              )}
            </>
          ]
        ]}
      />
      <div className="jp-alphamed-Hub-columns">
        <section>
          <h4>{trans.__('What it keeps')}</h4>
          <Fields rows={contents(props)} />
        </section>
        <section>
          <h4>{trans.__('What that takes')}</h4>
          <Fields rows={sizes(props)} />
        </section>
      </div>
      <h4>{trans.__('How long it keeps runs')}</h4>
      <p>{retentionText(props)}</p>
      <h4>{trans.__('How to free space')}</h4>
      <p>
        {trans.__(
          'In the menu of this view, "Remove run" removes the run that is shown. In a terminal of JupyterLab, this removes all runs that have ended:'
        )}
      </p>
      <CodeLine
        code="alphamed-nb clean"
        actions={props.actions}
        trans={trans}
      />
    </>
  );
}

function contents({ trans, storage }: IAnswersProps): [string, string][] {
  const runs = formatCount(storage.runs);
  return [
    [trans.__('Tasks'), formatCount(storage.tasks)],
    [
      trans.__('Runs'),
      storage.live_runs === 0
        ? runs
        : trans.__(
            '%1, of them %2 going on',
            runs,
            formatCount(storage.live_runs)
          )
    ],
    [trans.__('Contract messages'), formatCount(storage.events)],
    [trans.__('Logs and metrics'), formatCount(storage.records)]
  ];
}

function sizes({ trans, storage }: IAnswersProps): [string, string][] {
  return [
    [trans.__('File of messages'), formatBytes(storage.messages_bytes)],
    [trans.__('File of logs and metrics'), formatBytes(storage.logs_bytes)],
    [trans.__('Data streams'), formatBytes(storage.streams_bytes)],
    [trans.__('Uploaded files'), formatBytes(storage.files_bytes)],
    [trans.__('Free on this disk'), formatBytes(storage.free_bytes)]
  ];
}

function Code({ text }: { text: string }): JSX.Element {
  return <span className="jp-alphamed-code">{text}</span>;
}

/** When runs are dropped; a limit of 0 is none. */
function retentionText({ trans, status, storage }: IAnswersProps): string {
  const { retention_days: days, retention_bytes: bytes } = status;
  const [most, now] = [formatBytes(bytes), formatBytes(storage.run_bytes)];
  if (days > 0 && bytes > 0) {
    return trans.__(
      'Runs are removed %1 days after their end, and the oldest sooner while all take more than %2. They take %3 now. A run that is going on stays.',
      days,
      most,
      now
    );
  }
  if (days > 0) {
    return trans.__(
      'Runs are removed %1 days after their end. They take %2 now. A run that is going on stays.',
      days,
      now
    );
  }
  return bytes > 0
    ? trans.__(
        'The oldest runs are removed while all take more than %1. They take %2 now. A run that is going on stays.',
        most,
        now
      )
    : trans.__('No run is removed by itself. They take %1 now.', now);
}
