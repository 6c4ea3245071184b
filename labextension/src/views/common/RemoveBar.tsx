import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IRunModel } from '../../tokens';
import { WarningIcon } from './icons';

/** Asks before a run is removed, and says why the hub would not. */
export function RemoveBar(props: {
  model: IRunModel;
  trans: TranslationBundle;
  task: string;
  run: number;
  onClose: () => void;
}): JSX.Element {
  const { model, trans, task, run, onClose } = props;
  const [problem, setProblem] = React.useState('');
  const remove = () => {
    model.federation.api.removeRun(task, run).then(
      () => {
        onClose();
        if (model.run === run) {
          model.select(task);
        }
      },
      (error: unknown) =>
        setProblem(error instanceof Error ? error.message : String(error))
    );
  };
  return (
    <div className="jp-alphamed-Ask" role="alert">
      <WarningIcon />
      <span className="jp-alphamed-Sentence-text" title={problem}>
        {problem === ''
          ? trans.__(
              'Remove run %1 with its messages, logs and metrics? It cannot be brought back.',
              run
            )
          : trans.__('Run %1 was not removed: %2', run, problem)}
      </span>
      {problem === '' ? (
        <button type="button" className="jp-alphamed-Button" onClick={remove}>
          {trans.__('Remove')}
        </button>
      ) : null}
      <button
        type="button"
        className="jp-alphamed-Button"
        autoFocus
        onClick={onClose}
      >
        {problem === '' ? trans.__('Keep') : trans.__('Close')}
      </button>
    </div>
  );
}
