import * as React from 'react';
import type { IStop } from '../../model/paths';
import { Missing, fit, type IArrowProps } from './Arrows';

export interface IBandProps extends IArrowProps {
  /** The name without the size, where the stream does not arrive. */
  bare: string;
  /** Bytes. */
  size: number;
}

/** 4 to 14 px, by the logarithm of the size: 100 B to 1 GB. */
export function bandHeight(size: number): number {
  const share = (Math.log10(Math.max(size, 1)) - 2) / 7;
  return 4 + 10 * Math.min(Math.max(share, 0), 1);
}

/** A data stream: one band however many receivers, with a head at each. */
export function Band(props: IBandProps): JSX.Element {
  const { paths, name } = props;
  const sides = [paths.left, paths.right].filter(side => side.length > 0);
  return (
    <g className="jp-alphamed-Messages-band">
      {sides.map((side, place) => (
        <BandSide
          key={place}
          {...props}
          side={side}
          name={place > 0 ? '' : name}
        />
      ))}
      {paths.self === null ? null : (
        <BandSide
          {...props}
          side={[{ ...paths.self, x: paths.x + 40 }]}
          name={sides.length > 0 ? '' : name}
        />
      )}
    </g>
  );
}

function BandSide(props: IBandProps & { side: readonly IStop[] }): JSX.Element {
  const { paths, side, heights, name, bare, note, size } = props;
  const taken = side.filter(
    ({ standing }) => standing === 'read' || standing === 'reading'
  );
  const far = taken[taken.length - 1];
  const half = bandHeight(size) / 2;
  const first = side[0];
  const next =
    first === undefined || paths.self?.place === first.place
      ? (first?.x ?? paths.x)
      : first.place < paths.place
        ? paths.nextLeft
        : paths.nextRight;
  const room = Math.abs(next - paths.x) - 24;
  const middle = (next + paths.x) / 2;
  return (
    <>
      {far === undefined || first === undefined ? null : (
        <>
          <Body
            x0={paths.x}
            y0={heights.from}
            x1={far.x}
            y1={heights.at(far, side)}
            half={half}
            reading={far.standing === 'reading'}
          />
          {taken.slice(0, -1).map(stop => (
            <Passed
              key={stop.place}
              stop={stop}
              y={heights.at(stop, side)}
              way={stop.x > paths.x ? 1 : -1}
            />
          ))}
          <text
            className="jp-alphamed-Messages-stream"
            x={middle}
            y={(heights.from + heights.at(first, side)) / 2 - half - 5}
          >
            {fit(name, Math.max(room, 60), 6.6)}
          </text>
        </>
      )}
      {side.map((stop, place) =>
        taken.includes(stop) ? null : (
          <Missing
            key={stop.place}
            x0={side[place - 1]?.x ?? paths.x}
            y0={
              place === 0
                ? heights.from
                : heights.at(side[place - 1] ?? stop, side)
            }
            x1={stop.x}
            y1={heights.at(stop, side)}
            stop={stop}
            name={place === 0 && far === undefined ? bare : ''}
            next={place === 0 ? next : undefined}
            note={note}
          />
        )
      )}
    </>
  );
}

interface IBodyProps {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  half: number;
  reading: boolean;
}

function Body({ x0, y0, x1, y1, half, reading }: IBodyProps): JSX.Element {
  const way = x1 > x0 ? 1 : -1;
  const neck = x1 - 9 * way;
  const wide = half + 4;
  // At the neck the middle line is nearly at the height of the tip.
  const yNeck = y1 - ((y1 - y0) * 9) / Math.max(Math.abs(x1 - x0), 9);
  const points = [
    [x0, y0 - half],
    [neck, yNeck - half],
    [neck, yNeck - wide],
    [x1, y1],
    [neck, yNeck + wide],
    [neck, yNeck + half],
    [x0, y0 + half]
  ];
  return (
    <path
      className={reading ? 'jp-mod-reading' : undefined}
      d={`M${points.map(([x, y]) => `${x} ${y}`).join('L')}z`}
    />
  );
}

/** The head at a receiver that is not the last. */
function Passed(props: { stop: IStop; y: number; way: number }): JSX.Element {
  const { stop, y, way } = props;
  return (
    <path
      className="jp-alphamed-Messages-passed"
      d={`M${stop.x} ${y}l${-11 * way} -6.5v13z`}
    />
  );
}
