import * as React from 'react';
import { arrivalsOf, receiversOf } from '../../model/arrivals';
import {
  isItem,
  rowKey,
  ticksBetween,
  type DiagramRow,
  type IDiagram
} from '../../model/diagram';
import type { Item } from '../../model/messageItems';
import type { MessageBook } from '../../model/messages';
import type { IRunState } from '../../tokens';
import { drawnRows } from './drawnRows';
import { Heads } from './Heads';
import { Lifelines } from './Lifelines';
import { ItemArrow, WaitArrow, type IDrawing } from './Row';
import { Presence, RowTexts, type ITick } from './RowTexts';
import type { IScroller } from './useScroller';
import { nameOf, spokenText, untilRead } from './words';

export interface IDiagramProps {
  diagram: IDiagram;
  book: MessageBook;
  run: IRunState;
  drawing: Omit<IDrawing, 'heightAt'>;
  scroller: IScroller;
  selected: Item | null;
  onSelect: (item: Item) => void;
  onOpen: () => void;
  dim: ReadonlySet<string>;
  /** For screen readers: how many messages there are. */
  total: number;
}

const BASE = 20_000;
const NO_TICKS: readonly ITick[] = [];

/** The sequence diagram. Only what is in view is drawn. */
export function Diagram(props: IDiagramProps): JSX.Element {
  const { diagram, book, run, scroller, selected, dim, onSelect, onOpen } =
    props;
  const { trans, columns, by } = props.drawing;
  const hatch = React.useId();
  const listId = React.useId();
  const [top, end] = scroller.drawn;
  const bottom = Math.min(end, Math.max(diagram.height, 1));
  // SVG knows no more than seven digits: heights count from a base near by, which hardly ever changes.
  const base = Math.floor(top / BASE) * BASE;
  const { drawing: given } = props;
  const drawing = React.useMemo(
    (): IDrawing => ({
      ...given,
      heightAt: time => diagram.heightAt(time) - base
    }),
    [given, diagram, base]
  );
  const rows = drawnRows(diagram, by, [top, bottom]);
  const ticks =
    by === 'time'
      ? ticksBetween(diagram, [top, bottom], 72).map(at => ({
          at,
          height: diagram.heightAt(at)
        }))
      : NO_TICKS;
  const active = rows.find(({ row }) => row === selected);
  return (
    <div
      ref={scroller.ref}
      className="jp-alphamed-Messages-scroller jp-alphamed-list"
      tabIndex={0}
      role="listbox"
      aria-label={trans.__('Messages')}
      aria-activedescendant={
        active === undefined ? undefined : `${listId}-${active.place}`
      }
      onScroll={scroller.onScroll}
    >
      <Heads
        columns={columns}
        run={run}
        names={drawing.names}
        now={drawing.now}
        dim={dim}
        trans={trans}
      />
      <div
        className="jp-alphamed-Messages-body"
        style={{ width: columns.width, height: diagram.height }}
        onClick={event => {
          const item = itemAt(event.target, diagram);
          if (item !== null) {
            onSelect(item);
          }
        }}
        onDoubleClick={onOpen}
      >
        {rows.map(({ row, place }) => (
          <Backdrop
            key={rowKey(row)}
            id={`${listId}-${place}`}
            row={row}
            place={place}
            top={diagram.tops[place] ?? 0}
            height={heightOf(diagram, by, place)}
            selected={row === selected}
            total={props.total}
            drawing={given}
          />
        ))}
        <svg
          className="jp-alphamed-Messages-svg"
          style={{ top }}
          width={columns.width}
          height={Math.max(bottom - top, 0)}
          aria-hidden="true"
          focusable="false"
        >
          <defs>
            <pattern
              id={hatch}
              width="5"
              height="5"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <line x1="0" y1="0" x2="0" y2="5" />
            </pattern>
          </defs>
          <g transform={`translate(0 ${base - top})`}>
            {ticks.map(({ at, height }) => (
              <line
                key={at}
                className="jp-alphamed-Messages-idle"
                x1="98"
                x2={columns.width - 12}
                y1={height - base}
                y2={height - base}
              />
            ))}
            {rows.map(({ row, place, line }) =>
              row.kind === 'idle' && !row.short ? (
                <line
                  key={`idle ${place}`}
                  className="jp-alphamed-Messages-idle"
                  x1="98"
                  x2={columns.width - 12}
                  y1={line - base}
                  y2={line - base}
                />
              ) : null
            )}
            <Lifelines
              diagram={diagram}
              book={book}
              window={[top, bottom]}
              base={base}
              drawing={drawing}
              hatch={hatch}
              dim={dim}
            />
            {rows.map(({ row, line, named }) => {
              switch (row.kind) {
                case 'message':
                case 'stream':
                case 'step':
                  return (
                    <ItemArrow
                      key={rowKey(row)}
                      item={row}
                      line={line - base}
                      named={named}
                      drawing={drawing}
                    />
                  );
                case 'wait':
                  return (
                    <WaitArrow
                      key={rowKey(row)}
                      row={row}
                      line={line - base}
                      drawing={drawing}
                    />
                  );
                default:
                  return null;
              }
            })}
          </g>
        </svg>
        <RowTexts rows={rows} ticks={ticks} drawing={drawing} />
        {rows.map(({ row, line }) =>
          row.kind === 'presence' ? (
            <Presence
              key={rowKey(row)}
              row={row}
              line={line}
              drawing={drawing}
            />
          ) : null
        )}
      </div>
    </div>
  );
}

function heightOf(
  diagram: IDiagram,
  by: 'events' | 'time',
  place: number
): number {
  const top = diagram.tops[place] ?? 0;
  return by === 'events'
    ? (diagram.tops[place + 1] ?? 0) - top
    : 2 * ((diagram.lines[place] ?? 0) - top);
}

/** The item that was clicked. */
function itemAt(target: EventTarget, diagram: IDiagram): Item | null {
  const place =
    target instanceof HTMLElement ? target.dataset.place : undefined;
  const row = place === undefined ? undefined : diagram.rows[Number(place)];
  return row !== undefined && isItem(row) ? row : null;
}

interface IBackdropProps {
  id: string;
  row: DiagramRow;
  place: number;
  top: number;
  height: number;
  selected: boolean;
  total: number;
  drawing: Omit<IDrawing, 'heightAt'>;
}

/** What lies behind a row, takes its clicks, and tells it to screen readers. */
const Backdrop = React.memo(function Backdrop(
  props: IBackdropProps
): JSX.Element | null {
  const { id, row, place, top, height, selected, total } = props;
  const { trans, situation, names, by } = props.drawing;
  switch (row.kind) {
    case 'round':
      return (
        <div
          className={`jp-alphamed-Messages-round${by === 'time' ? ' jp-mod-line' : ''}`}
          style={by === 'time' ? { top: top + height / 2 } : { top, height }}
        />
      );
    case 'message':
    case 'stream':
    case 'step': {
      const verdict = untilRead(trans, row, arrivalsOf(row, situation));
      const spoken = spokenText(
        trans,
        row,
        nameOf(trans, row),
        receiversOf(row),
        verdict,
        names
      );
      return (
        <div
          id={id}
          className="jp-alphamed-Messages-row"
          role="option"
          aria-selected={selected}
          aria-label={spoken}
          aria-setsize={total}
          title={spoken}
          data-place={place}
          style={{ top, height }}
        />
      );
    }
    default:
      return null;
  }
});
