/** A record as the hub has it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { plain } from '../../model/ansi';
import { jsonOf, type ILogRecord } from '../../model/records';
import { ChevronDownIcon, ChevronRightIcon, CopyIcon } from '../common/icons';

export function RawJson(props: {
  record: ILogRecord;
  /** Of which it is a record. */
  run: { task: string; run: number };
  onCopy(text: string): void;
  trans: TranslationBundle;
}): JSX.Element {
  const { record, run, onCopy, trans } = props;
  const [open, setOpen] = React.useState(false);
  return (
    <>
      <h4>
        <button
          type="button"
          className="jp-alphamed-Logs-plain"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? (
            <ChevronDownIcon size={10} />
          ) : (
            <ChevronRightIcon size={10} />
          )}{' '}
          {trans.__('Raw JSON')}
        </button>
        {open && (
          <button
            type="button"
            className="jp-alphamed-Logs-plain"
            onClick={() => onCopy(jsonOf(record, run))}
          >
            <CopyIcon /> {trans.__('Copy')}
          </button>
        )}
      </h4>
      {open && (
        <pre className="jp-alphamed-Logs-frame">
          {plain(jsonOf(record, run, 2))}
        </pre>
      )}
    </>
  );
}
