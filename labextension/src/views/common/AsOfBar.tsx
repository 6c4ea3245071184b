import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { formatClock, formatCount } from '../../model/format';
import type { IRunModel } from '../../tokens';
import { HistoryIcon } from './icons';
import { Phrase } from './Phrase';

/** Says that what is shown is not the present, and leads back to it. */
export function AsOfBar(props: {
  model: IRunModel;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { model, trans } = props;
  const { asOf, shown } = model;
  if (asOf === null) {
    return null;
  }
  const text =
    shown === null
      ? trans.__('As of record %1: loading.')
      : trans.__(
          'As of record %1, %2: nodes, messages and rounds as they were.'
        );
  const parts = [
    <b key="n">{formatCount(asOf)}</b>,
    shown === null ? '' : formatClock(shown.at)
  ];
  return (
    <div className="jp-alphamed-AsOf" role="status">
      <HistoryIcon />
      <span className="jp-alphamed-Sentence-text">
        <Phrase text={text} parts={parts} />
      </span>
      <button
        type="button"
        className="jp-alphamed-Button"
        onClick={() => model.setAsOf(null)}
      >
        {trans.__('Back to live (Esc)')}
      </button>
    </div>
  );
}
