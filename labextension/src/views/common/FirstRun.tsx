import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IActions } from '../../tokens';
import { CodeLine } from './CodeLine';

/** What the view shows before there is a task: how to get one. */
export function FirstRun(props: {
  actions: IActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { actions, trans } = props;
  const line = (code: string) => (
    <CodeLine code={code} actions={actions} trans={trans} />
  );
  return (
    <div className="jp-alphamed-FirstRun">
      <div className="jp-alphamed-FirstRun-page">
        <h2>{trans.__('Run a federation on this machine')}</h2>
        <p>
          {trans.__(
            'Everything the nodes log, send and compute appears here while they run.'
          )}
        </p>
        <ol>
          <Step
            number={1}
            title={trans.__('Start from the example')}
            action={
              <button
                type="button"
                className="jp-alphamed-Button jp-mod-primary"
                onClick={() => void actions.openExample()}
              >
                {trans.__('Open the example')}
              </button>
            }
          >
            <p>
              {trans.__(
                'FedAvg, one aggregator and two data holders, about 45 s.'
              )}
            </p>
          </Step>
          <Step number={2} title={trans.__('Turn a cell into a node')}>
            {line('%load_ext alphamed_nb')}
            {line('%%mock_node --id aggregator_id --nodes nodes')}
          </Step>
          <Step number={3} title={trans.__('All nodes from a terminal')}>
            {line('alphamed-nb run mock_*.ipynb')}
          </Step>
        </ol>
      </div>
    </div>
  );
}

function Step(props: {
  number: number;
  title: string;
  action?: React.ReactNode;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <li>
      <span className="jp-alphamed-FirstRun-number" aria-hidden="true">
        {props.number}
      </span>
      <div className="jp-alphamed-FirstRun-step">
        <h3>{props.title}</h3>
        {props.children}
      </div>
      {props.action}
    </li>
  );
}
