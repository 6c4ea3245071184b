/** A record as the hub has it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { plain } from '../../model/ansi';
import { jsonOf, type ILogRecord } from '../../model/records';
import { ChevronDownIcon, ChevronRightIcon, CopyIcon } from '../common/icons';

export function RawJson(props: {
  record: ILogRecord;
  onCopy(text: string): void;
  trans: TranslationBundle;
}): JSX.Element {
  const { record, onCopy, trans } = props;
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
            onClick={() => onCopy(jsonOf(record))}
          >
            <CopyIcon /> {trans.__('Copy')}
          </button>
        )}
      </h4>
      {open && (
        <pre className="jp-alphamed-Logs-frame">{plain(jsonOf(record, 2))}</pre>
      )}
    </>
  );
}
