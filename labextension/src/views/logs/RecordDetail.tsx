/** All of one record: fields, text, traceback with links, raw JSON, and where to go from here. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { NodeView } from '../../hub/protocol';
import { plain } from '../../model/ansi';
import { baseName, formatDateTime } from '../../model/format';
import {
  cellOfRecord,
  notebookOf,
  placeOfFrame,
  placeOfRecord
} from '../../model/opening';
import {
  blamed,
  isDropped,
  isError,
  levelWord,
  type ILogRecord
} from '../../model/records';
import { Fields } from '../common/Fields';
import type { INames } from '../common/hooks';
import type { IPlace, Opened } from '../../tokens';
import { CopyIcon, OpenIcon } from '../common/icons';
import { NodeName } from '../common/NodeName';
import { openWord } from '../common/openError';
import { Pane } from '../common/Pane';
import { StateIcon } from '../common/StateIcon';
import { LogText } from './LogText';
import { RawJson } from './RawJson';
import { TracebackView } from './TracebackView';

export interface IDetailProps {
  record: ILogRecord;
  run: { task: string; run: number };
  /** Its node, if it is a member of the run. */
  member: NodeView | null;
  /** Nodes that met the same error, each with the number of its record (0: not loaded). */
  same: readonly (readonly [string, number])[];
  names: INames;
  onClose(): void;
  /** What {@link onOpen} opens; null: nothing. */
  opens(place: IPlace): Opened | null;
  onOpen(place: IPlace): void;
  onReveal(seq: number): void;
  onCopy(text: string): void;
  onMessages(): void;
  onAsOf(): void;
  trans: TranslationBundle;
}

export function RecordDetail(props: IDetailProps): JSX.Element {
  const { record, names, trans } = props;
  const { body, node } = record;
  const code = placeOfRecord(body);
  const opens = props.opens(code);
  return (
    <Pane
      className="jp-alphamed-Logs-detail"
      label={trans.__('Record')}
      icon={isError(record) ? <StateIcon state="failed" /> : undefined}
      title={
        <>
          <span>
            {isError(record) ? trans.__('Error') : levelWord(body.level)}
          </span>
          <NodeName id={node} names={names} />
        </>
      }
      actions={
        opens !== null && (
          <button
            type="button"
            className="jp-alphamed-Logs-link"
            onClick={() => props.onOpen(code)}
          >
            <OpenIcon /> {openWord(trans, opens)}
          </button>
        )
      }
      onClose={props.onClose}
      closeLabel={trans.__('Close')}
    >
      <Fields rows={fields(props)} />
      <h4>{trans.__('Text')}</h4>
      <div className="jp-alphamed-Logs-whole">
        <LogText text={body.text.trimEnd()} />
      </div>
      {body.traceback && (
        <>
          <h4>
            {trans.__('Traceback')}
            <button
              type="button"
              className="jp-alphamed-Logs-plain"
              onClick={() => props.onCopy(body.traceback?.text ?? '')}
            >
              <CopyIcon /> {trans.__('Copy')}
            </button>
          </h4>
          <div className="jp-alphamed-Logs-frame">
            <TracebackView
              traceback={body.traceback}
              onOpen={frame => props.onOpen(placeOfFrame(body, frame))}
              trans={trans}
            />
          </div>
        </>
      )}
      {props.same.length > 1 && <SameError {...props} />}
      <RawJson
        key={record.seq}
        record={record}
        run={props.run}
        onCopy={props.onCopy}
        trans={trans}
      />
      <button
        type="button"
        className="jp-alphamed-Logs-link"
        onClick={props.onMessages}
      >
        {trans.__('Show this moment in Messages')}
      </button>
      <button
        type="button"
        className="jp-alphamed-Logs-link"
        onClick={props.onAsOf}
      >
        {trans.__('As of here')}
      </button>
    </Pane>
  );
}

function fields(props: IDetailProps): [string, React.ReactNode][] {
  const { record, member, trans } = props;
  const { body } = record;
  const rows: [string, React.ReactNode][] = [
    [trans.__('Time'), formatDateTime(body.time)],
    [trans.__('Node'), plain(record.node)]
  ];
  if (body.round) {
    rows.push([trans.__('Round'), String(body.round)]);
  }
  if (isDropped(record)) {
    rows.push([trans.__('Dropped'), String(body.dropped ?? 0)]);
  } else {
    rows.push([trans.__('Source'), plain(place(record))]);
  }
  if (body.logger) {
    rows.push([trans.__('Logger'), plain(body.logger)]);
  }
  if (body.notebook) {
    const cell = cellOfRecord(body);
    const name = baseName(body.notebook);
    rows.push([
      trans.__('Notebook'),
      <>
        <button
          type="button"
          className="jp-alphamed-Logs-link"
          title={body.notebook}
          onClick={() => props.onOpen(notebookOf(cell))}
        >
          {plain(name)}
        </button>
        {body.cell && (
          <>
            {' · '}
            <button
              type="button"
              className="jp-alphamed-Logs-link"
              title={body.cell}
              onClick={() => props.onOpen(cell)}
            >
              {trans.__('Cell')}
            </button>
          </>
        )}
      </>
    ]);
  }
  const kernel = body.kernel || member?.kernel || '';
  const pid =
    member !== null && (!body.kernel || member.kernel === body.kernel)
      ? member.pid
      : 0;
  if (kernel !== '' || pid > 0) {
    rows.push([
      trans.__('Kernel'),
      <span title={kernel}>
        {[plain(kernel.slice(0, 8)), pid > 0 ? `pid ${pid}` : '']
          .filter(word => word !== '')
          .join(' · ')}
      </span>
    ]);
  }
  rows.push([trans.__('Sequence'), String(record.seq)]);
  return rows;
}

/** `scheduler.py:88 · save_checkpoint` */
function place(record: ILogRecord): string {
  const { source, module, line, function: name, traceback } = record.body;
  switch (source ?? 'log') {
    case 'stdout':
      return 'print';
    case 'stderr':
      return 'stderr';
    case 'traceback': {
      const frame = traceback ? blamed(traceback) : null;
      if (frame === null) {
        return 'traceback';
      }
      return `${baseName(frame.file ?? '')}:${frame.line} · ${frame.function}`;
    }
  }
  const file = !module ? 'log' : module.includes('.') ? module : `${module}.py`;
  return [`${file}:${line ?? 0}`, name ?? '']
    .filter(word => word !== '')
    .join(' · ');
}

function SameError(props: IDetailProps): JSX.Element {
  const { same, record, names, onReveal, trans } = props;
  return (
    <>
      <h4>
        {trans._n(
          'The same error in %1 node',
          'The same error in %1 nodes',
          same.length
        )}
      </h4>
      <ul className="jp-alphamed-Logs-same">
        {same.slice(0, 200).map(([node, seq]) => (
          <li key={node}>
            <button
              type="button"
              disabled={seq === 0 || seq === record.seq}
              onClick={() => onReveal(seq)}
            >
              <NodeName id={node} names={names} />
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
