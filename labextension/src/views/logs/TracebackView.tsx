/** A traceback: the user's own frames with links, those of libraries folded, the error itself whole. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Frame, Traceback } from '../../hub/protocol';
import { baseName } from '../../model/format';
import {
  causesOf,
  errorLine,
  lineCount,
  tracebackParts
} from '../../model/records';
import { LogText } from './LogText';

export interface ITracebackProps {
  traceback: Traceback;
  /** Open the place of a frame. */
  onOpen(frame: Frame): void;
  trans: TranslationBundle;
}

export function TracebackView(props: ITracebackProps): JSX.Element {
  const { traceback, onOpen, trans } = props;
  const causes = causesOf(traceback);
  const parts = tracebackParts(traceback);
  if (parts.length === 0) {
    // A wrong syntax, say: only the text tells where.
    return (
      <div className="jp-alphamed-Traceback">
        <LogText text={traceback.text.trimEnd()} />
      </div>
    );
  }
  return (
    <div className="jp-alphamed-Traceback">
      {causes !== '' && (
        <Fold
          label={trans._n(
            '%1 line of the error before it',
            '%1 lines of the error before it',
            lineCount(causes)
          )}
        >
          <LogText text={causes} />
        </Fold>
      )}
      <div>Traceback (most recent call last)</div>
      {parts.map((part, index) =>
        part.kind === 'frame' ? (
          <FrameLines
            key={index}
            frame={part.frame}
            blamed={part.blamed}
            onOpen={onOpen}
            trans={trans}
          />
        ) : (
          <Fold
            key={index}
            label={trans._n(
              '%1 frame of %2',
              '%1 frames of %2',
              part.count,
              part.library
            )}
          >
            {part.frames.map((frame, at) => (
              <FrameLines key={at} frame={frame} blamed={false} trans={trans} />
            ))}
          </Fold>
        )
      )}
      <div className="jp-alphamed-Traceback-error">
        <LogText text={errorLine(traceback)} />
      </div>
    </div>
  );
}

/** As IPython writes it: `Cell In[4], line 4`; a file by its name. */
function placeOf(frame: Frame): string {
  const file = frame.file ?? '';
  return file.startsWith('Cell ')
    ? `${file}, line ${frame.line}`
    : `File ${baseName(file)}:${frame.line}`;
}

function FrameLines(props: {
  frame: Frame;
  blamed: boolean;
  onOpen?: (frame: Frame) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { frame, blamed, onOpen, trans } = props;
  const place = <LogText text={placeOf(frame)} />;
  const number = String(frame.line);
  return (
    <>
      <div>
        {onOpen === undefined ? (
          <span title={frame.file}>{place}</span>
        ) : (
          <button
            type="button"
            className="jp-alphamed-Traceback-link"
            title={frame.file}
            onClick={event => {
              event.stopPropagation();
              onOpen(frame);
            }}
          >
            {place}
          </button>
        )}
        {frame.function !== '' && frame.function !== '<module>' && (
          <>
            , in <LogText text={frame.function} />
          </>
        )}
      </div>
      {frame.code !== undefined && frame.code !== '' && (
        <div
          className={`jp-alphamed-Traceback-code${blamed ? ' jp-mod-blamed' : ''}`}
        >
          {`${'-'.repeat(Math.max(1, 5 - number.length))}> ${number} `}
          <LogText text={frame.code} />
        </div>
      )}
      {(frame.repeated ?? 0) > 0 && (
        <div>
          {`    [Previous line repeated ${frame.repeated} more time${frame.repeated === 1 ? '' : 's'}]`}
        </div>
      )}
      {(frame.left_out ?? 0) > 0 && (
        <div>
          {'    '}
          {trans._n(
            '[%1 frame is left out]',
            '[%1 frames are left out]',
            frame.left_out ?? 0
          )}
        </div>
      )}
    </>
  );
}

function Fold(props: {
  label: string;
  children: React.ReactNode;
}): JSX.Element {
  const [open, setOpen] = React.useState(false);
  return (
    <>
      <button
        type="button"
        className="jp-alphamed-Traceback-fold"
        aria-expanded={open}
        onClick={event => {
          event.stopPropagation();
          setOpen(!open);
        }}
      >
        {open ? '▾' : '▸'} {props.label}
      </button>
      {open && (
        <div className="jp-alphamed-Traceback-inner">{props.children}</div>
      )}
    </>
  );
}
