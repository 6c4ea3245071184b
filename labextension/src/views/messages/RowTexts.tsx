import * as React from 'react';
import { arrivalsOf } from '../../model/arrivals';
import type { IPresenceRow, IRoundRow } from '../../model/diagramRows';
import { formatTime } from '../../model/format';
import { StateIcon } from '../common/StateIcon';
import { ageText, durationText } from '../common/words';
import type { IDrawnRow } from './drawnRows';
import type { IDrawing } from './Row';
import { lossText, untilRead } from './words';

export interface ITick {
  at: number;
  height: number;
}

export interface IRowTextsProps {
  rows: readonly IDrawnRow[];
  /** Full times, where the scale is by time. */
  ticks: readonly ITick[];
  drawing: IDrawing;
}

/** The columns at both sides: when, and how long until it was read. They stay in view when the diagram scrolls sideways. */
export function RowTexts(props: IRowTextsProps): JSX.Element {
  const { rows, ticks, drawing } = props;
  return (
    <>
      <div className="jp-alphamed-Messages-times" aria-hidden="true">
        {rows.map(drawn => (
          <TimeText key={drawn.place} {...drawn} drawing={drawing} />
        ))}
        {ticks
          .filter(({ height }) => !hasText(rows, height))
          .map(({ at, height }) => (
            <time
              key={at}
              className="jp-alphamed-Messages-tick"
              style={{ top: height - 10 }}
            >
              {formatTime(at)}
            </time>
          ))}
      </div>
      <div className="jp-alphamed-Messages-untils" aria-hidden="true">
        {rows.map(drawn => (
          <UntilText key={drawn.place} {...drawn} drawing={drawing} />
        ))}
      </div>
    </>
  );
}

function hasText(rows: readonly IDrawnRow[], height: number): boolean {
  return rows.some(({ named, line }) => named && Math.abs(line - height) < 16);
}

type TextProps = IDrawnRow & { drawing: IDrawing };

const TimeText = React.memo(TimeTextOf);
const UntilText = React.memo(UntilTextOf);

function TimeTextOf({
  row,
  line,
  named,
  drawing
}: TextProps): JSX.Element | null {
  const { trans, now } = drawing;
  const style = { top: line - 10 };
  if (row.kind === 'round') {
    return (
      <span className="jp-alphamed-Messages-roundText" style={style}>
        <b>{roundText(row, drawing)}</b> <time>{formatTime(row.at)}</time>
      </span>
    );
  }
  if (!named) {
    return null;
  }
  switch (row.kind) {
    case 'idle': {
      if (row.short) {
        return null;
      }
      const text =
        row.to === 0
          ? ageText(trans, now - row.from)
          : durationText(trans, row.to - row.from);
      return (
        <span className="jp-alphamed-Messages-idleText" style={style}>
          {text}
        </span>
      );
    }
    case 'message':
    case 'stream':
    case 'step':
    case 'presence':
      return <time style={style}>{formatTime(row.at)}</time>;
    case 'wait':
      return (
        <span className="jp-alphamed-Messages-waitText" style={style}>
          {trans.__('now')}
        </span>
      );
  }
}

function roundText({ round, attempt }: IRoundRow, { trans }: IDrawing): string {
  return round === 0
    ? trans.__('Attempt %1', String(attempt))
    : trans.__('Round %1', String(round));
}

function UntilTextOf({
  row,
  line,
  named,
  drawing
}: TextProps): JSX.Element | null {
  if (!named || (row.kind !== 'message' && row.kind !== 'stream')) {
    return null;
  }
  const { trans, situation } = drawing;
  const { text, tone } = untilRead(trans, row, arrivalsOf(row, situation));
  return (
    <span data-tone={tone} style={{ top: line - 10 }}>
      {text}
    </span>
  );
}

export interface IPresenceProps {
  row: IPresenceRow;
  line: number;
  drawing: IDrawing;
}

/** On a lifeline: what became of its node. */
export function Presence({
  row,
  line,
  drawing
}: IPresenceProps): JSX.Element | null {
  const { columns, trans } = drawing;
  const { member } = row;
  const place = columns.placeOf.get(member.node);
  const column = place === undefined ? undefined : columns.columns[place];
  if (column === undefined || column.group) {
    return null;
  }
  // At the right edge the words stand at the other side.
  const mirrored = columns.width - column.x < 200;
  const text = lossText(trans, member);
  const { state } = member;
  return (
    <span
      className={`jp-alphamed-Messages-presence${mirrored ? ' jp-mod-mirrored' : ''}`}
      data-state={state}
      title={text}
      style={{
        top: line - 10,
        ...(mirrored
          ? { right: columns.width - column.x - 9 }
          : { left: column.x - 9 })
      }}
    >
      <StateIcon
        state={state === 'gone' || state === 'failed' ? state : 'stopped'}
      />
      {text}
    </span>
  );
}
