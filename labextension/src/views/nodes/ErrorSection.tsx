import * as React from 'react';
import { plain } from '../../model/ansi';
import { failureText } from '../../model/nodes';
import { placeOfFrame, placeOfRecord } from '../../model/opening';
import { OpenIcon } from '../common/icons';
import { openWord, useErrorRecord } from '../common/openError';
import { TracebackView } from '../logs/TracebackView';
import type { IDetailProps } from './props';

/** The node's last error, with its traceback. */
export function ErrorSection(props: IDetailProps): JSX.Element {
  const { model, actions, trans, run, item } = props;
  const { node } = item;
  const row = useErrorRecord(model.federation, run.task, run.run, node.errors);
  const traceback = row?.body.traceback ?? null;
  const text =
    node.failure === null ? (row?.body.text ?? '') : failureText(node);
  const place = row === null ? null : placeOfRecord(row.body);
  const opens = place === null ? null : actions.opens(place);
  return (
    <section>
      <h4>
        <span>{trans.__('Error')}</span>
        {row === null ? null : (
          <>
            {place === null || opens === null ? null : (
              <button
                type="button"
                className="jp-alphamed-Link"
                onClick={() => void actions.open(place)}
              >
                <OpenIcon size={12} />
                {openWord(trans, opens)}
              </button>
            )}
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
      {row === null || traceback === null ? (
        <p className="jp-alphamed-code jp-alphamed-NodeDetail-error">
          {plain(text)}
        </p>
      ) : (
        <TracebackView
          key={`${run.run} ${row.seq}`}
          traceback={traceback}
          onOpen={frame => void actions.open(placeOfFrame(row.body, frame))}
          trans={trans}
        />
      )}
    </section>
  );
}
