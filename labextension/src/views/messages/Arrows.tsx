/** The looks of what moves between lifelines. All heights are relative to the drawn window. */

import * as React from 'react';
import type { IArrival, Standing } from '../../model/arrivals';
import type { IPaths, IStop } from '../../model/paths';

/** Where a line stands at its sender, and at each stop. */
export interface IHeights {
  from: number;
  at(stop: IStop, side: readonly IStop[]): number;
}

export interface IArrowProps {
  paths: IPaths;
  heights: IHeights;
  /** Above the line: event type, or name and size. Empty: there is no room. */
  name: string;
  /** What the line to a receiver that has not read says. */
  note: (arrival: IArrival) => string;
}

/** Text that must fit into a width is cut; the tool tip of its row has all of it. */
export function fit(text: string, width: number, character = 7.3): string {
  const most = Math.floor(width / character);
  const characters = [...text];
  return characters.length <= most
    ? text
    : most < 3
      ? ''
      : `${characters.slice(0, most - 1).join('')}…`;
}

/** The same, but what stands behind the last comma stays: how long it took. */
export function fitKeepingEnd(
  text: string,
  width: number,
  character: number
): string {
  const comma = text.lastIndexOf(', ');
  const end = comma < 0 ? '' : text.slice(comma);
  const cut = fit(text, width, character);
  if (cut === text || end.length > 12) {
    return cut;
  }
  return (
    fit(text.slice(0, comma), width - end.length * character, character) + end
  );
}

/** The width of a letter of bold words. */
const NOTE = 6.9;

const ARRIVES: ReadonlySet<Standing> = new Set<Standing>([
  'read',
  'pending',
  'reading'
]);

/** A contract message, or a step of a handshake: one line however many receivers. */
export function MessageArrow(
  props: IArrowProps & { dotted?: boolean }
): JSX.Element {
  const { paths, heights, name, note, dotted = false } = props;
  const { left, right, self } = paths;
  return (
    <g
      className={`jp-alphamed-Messages-arrow${dotted ? ' jp-mod-dotted' : ''}`}
    >
      {[left, right].map((side, place) =>
        side.length === 0 ? null : (
          <Side
            key={place}
            paths={paths}
            side={side}
            heights={heights}
            // One name is enough where a message goes to both sides.
            name={place === 0 && right.length > 0 ? '' : name}
            note={note}
          />
        )
      )}
      {self === null ? null : (
        <Loop
          x={paths.x}
          y={heights.from}
          stop={self}
          // On the side that is free.
          way={right.length > 0 && left.length === 0 ? -1 : 1}
          name={left.length + right.length === 0 ? name : ''}
          note={left.length > 0 && right.length > 0 ? () => '' : note}
        />
      )}
      {dotted ? null : <circle cx={paths.x} cy={heights.from} r="2.6" />}
    </g>
  );
}

interface ISideProps extends IArrowProps {
  side: readonly IStop[];
}

function Side({ paths, side, heights, name, note }: ISideProps): JSX.Element {
  let x = paths.x;
  let y = heights.from;
  return (
    <>
      {side.map((stop, place) => {
        const segment = (
          <Segment
            key={stop.place}
            x0={x}
            y0={y}
            x1={stop.x}
            y1={heights.at(stop, side)}
            stop={stop}
            name={place === 0 ? name : ''}
            next={
              place > 0
                ? undefined
                : stop.place < paths.place
                  ? paths.nextLeft
                  : paths.nextRight
            }
            note={note}
          />
        );
        x = stop.x;
        y = heights.at(stop, side);
        return segment;
      })}
    </>
  );
}

interface ISegmentProps {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  stop: IStop;
  name: string;
  /** Where the name ends at the latest. */
  next?: number;
  note: (arrival: IArrival) => string;
}

/** The stretch from one stop to the next. */
function Segment(props: ISegmentProps): JSX.Element {
  const { x0, y0, x1, y1, stop, name, next = x1 } = props;
  const middle = (x0 + next) / 2;
  const room = Math.abs(next - x0) - 24;
  const slope = (y1 - y0) / (x1 - x0 || 1);
  if (ARRIVES.has(stop.standing)) {
    const way = x1 > x0 ? 1 : -1;
    return (
      <>
        <line
          className="jp-alphamed-Messages-line"
          data-standing={stop.standing}
          x1={x0}
          y1={y0}
          x2={x1 - 4 * way}
          y2={y1}
        />
        <Head x={x1} y={y1} way={way} />
        <text
          className="jp-alphamed-Messages-type"
          x={middle}
          y={y0 + slope * (middle - x0) - 4}
        >
          {fit(name, room)}
        </text>
        <Times stop={stop} x={x1} y={y1} way={way} />
      </>
    );
  }
  return <Missing {...props} />;
}

/** A stretch to a receiver that has not got it: dashed, with a clock (or a cross) before the lifeline. */
export function Missing(props: ISegmentProps): JSX.Element {
  const { x0, y0, x1, y1, stop, name, next = x1, note } = props;
  const way = x1 > x0 ? 1 : -1;
  const end = x1 - 32 * way;
  const [arrival] = stop.arrivals.filter(
    ({ standing }) => standing === stop.standing
  );
  const text = arrival === undefined ? '' : note(arrival);
  // The words stand in the first gap; long ones take the whole stretch.
  const words = 7.3 * name.length + NOTE * text.length + 20;
  const stretch =
    next === x1 || words > Math.abs(next - x0) ? end - 7 * way : next;
  const room = Math.abs(stretch - x0) - 12;
  const refused = stop.standing === 'denied' || stop.standing === 'withdrawn';
  return (
    <g className="jp-alphamed-Messages-missing" data-standing={stop.standing}>
      <line x1={x0 + 7 * way} y1={y0} x2={end - 7 * way} y2={y1} />
      {refused ? <Cross x={end} y={y1} /> : <Clock x={end} y={y1} />}
      <text x={(x0 + stretch) / 2} y={Math.min(y0, y1) - 4}>
        {name === '' ? null : (
          <tspan className="jp-alphamed-Messages-type">
            {fit(name, Math.max(0, room - NOTE * text.length - 8))}
          </tspan>
        )}
        <tspan dx={name === '' ? 0 : 8}>
          {fitKeepingEnd(text, room, NOTE)}
        </tspan>
      </text>
      <Times stop={stop} x={x1} y={y1} way={way} />
    </g>
  );
}

/** How many nodes of one line it goes to. */
function Times(props: {
  stop: IStop;
  x: number;
  y: number;
  way: number;
}): JSX.Element | null {
  const { stop, x, y, way } = props;
  return stop.arrivals.length < 2 ? null : (
    <text
      className="jp-alphamed-Messages-many"
      x={x - 14 * way}
      y={y - 5}
      style={{ textAnchor: way > 0 ? 'end' : 'start' }}
    >
      × {stop.arrivals.length}
    </text>
  );
}

function Head(props: { x: number; y: number; way: number }): JSX.Element {
  const { x, y, way } = props;
  return (
    <path
      className="jp-alphamed-Messages-head"
      d={`M${x} ${y}l${-9 * way} -4.2v8.4z`}
    />
  );
}

function Clock({ x, y }: { x: number; y: number }): JSX.Element {
  return (
    <g className="jp-alphamed-Messages-clock">
      <circle cx={x} cy={y} r="6" />
      <path d={`M${x} ${y - 3.2}V${y}l2.4 1.6`} />
    </g>
  );
}

function Cross({ x, y }: { x: number; y: number }): JSX.Element {
  return (
    <path
      className="jp-alphamed-Messages-cross"
      d={`M${x - 4} ${y - 4}l8 8m0 -8l-8 8`}
    />
  );
}

interface ILoopProps {
  x: number;
  y: number;
  way: 1 | -1;
  stop: IStop;
  name: string;
  note: (arrival: IArrival) => string;
}

/** A message of a node to itself. */
function Loop({ x, y, way, stop, name, note }: ILoopProps): JSX.Element {
  const [arrival] = stop.arrivals;
  const missing = !ARRIVES.has(stop.standing);
  // Beside another arrow of the message there is no room, and that one has its name.
  const text =
    missing && arrival !== undefined && name !== '' ? note(arrival) : '';
  const turn = `q${5 * way} 0 ${5 * way} 5t${-5 * way} 5`;
  return (
    <g
      className={missing ? 'jp-alphamed-Messages-missing' : undefined}
      data-standing={stop.standing}
    >
      <path
        className="jp-alphamed-Messages-line"
        data-standing={stop.standing}
        d={`M${x} ${y - 4}h${22 * way}${turn}h${(missing ? -6 : -14) * way}`}
      />
      {missing ? (
        <Clock x={x + 12 * way} y={y + 6} />
      ) : (
        <Head x={x + way} y={y + 6} way={-way} />
      )}
      <text
        className="jp-alphamed-Messages-type"
        style={{ textAnchor: way > 0 ? 'start' : 'end' }}
        x={x + 33 * way}
        y={y + 5}
      >
        {name}
        {text === '' ? null : <tspan dx={8}>{text}</tspan>}
      </text>
    </g>
  );
}
