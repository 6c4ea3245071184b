import * as React from 'react';
import type { Frame, LogRow } from '../../hub/protocol';
import { failureText } from '../../model/nodes';
import { OpenIcon } from '../common/icons';
import { errorRecord, knowsPlace, placeOfRecord } from '../common/openError';
import { TracebackView } from '../logs/TracebackView';
import type { IDetailProps } from './NodeDetail';

/** The node's last error, with its traceback. */
export function ErrorSection(props: IDetailProps): JSX.Element {
  const { model, actions, trans, run, item } = props;
  const { node } = item;
  const row = useErrorRecord(props);
  const traceback = row?.body.traceback ?? null;
  const text =
    node.failure === null ? (row?.body.text ?? '') : failureText(node);
  const openFrame = (frame: Frame) => {
    void actions.open({
      kernel: row?.body.kernel ?? '',
      notebook: row?.body.notebook ?? '',
      cell: frame.cell ?? '',
      file: frame.file ?? '',
      line: frame.line
    });
  };
  return (
    <section>
      <h4>
        <span>{trans.__('Error')}</span>
        {row === null ? null : (
          <>
            <button
              type="button"
              className="jp-alphamed-Link"
              onClick={() => void actions.open(placeOfRecord(row))}
            >
              <OpenIcon size={12} />
              {knowsPlace(placeOfRecord(row))
                ? trans.__('Open cell')
                : trans.__('Open notebook')}
            </button>
            <button
              type="button"
              className="jp-alphamed-Link"
              onClick={() => {
                model.setMoment({ at: row.at, seq: row.seq });
                model.setView('logs');
              }}
            >
              {trans.__('Show in Logs')}
            </button>
          </>
        )}
      </h4>
      {traceback === null ? (
        <p className="jp-alphamed-code jp-alphamed-NodeDetail-error">{text}</p>
      ) : (
        <TracebackView
          key={`${run.run} ${row?.seq ?? 0}`}
          traceback={traceback}
          onOpen={openFrame}
          trans={trans}
        />
      )}
    </section>
  );
}

function useErrorRecord(props: IDetailProps): LogRow | null {
  const { model, run, item } = props;
  const { federation } = model;
  const [row, setRow] = React.useState<LogRow | null>(null);
  const { task, run: number } = run;
  // The same list comes in a new object with every change of the node.
  const key = item.node.errors.slice(-3).join(' ');
  React.useEffect(() => {
    let live = true;
    const seqs = key === '' ? [] : key.split(' ').map(Number);
    errorRecord(federation, task, number, seqs).then(
      found => {
        if (live) {
          setRow(found);
        }
      },
      // The last line is known in any case.
      () => undefined
    );
    return () => {
      live = false;
    };
  }, [federation, task, number, key]);
  return row;
}
