import * as React from 'react';
import { markOf } from '../../model/marks';

export interface IMarkProps {
  number: number;
  size?: number;
}

/** The mark of a node: its number on its colour. Says nothing to screen readers: the id stands beside it. */
export function Mark({ number, size = 16 }: IMarkProps): JSX.Element {
  const { colour, frame } = markOf(number);
  return (
    <span
      aria-hidden="true"
      className={`jp-alphamed-Mark jp-mod-${frame}`}
      data-node-colour={colour}
      style={size === 16 ? undefined : { height: size, minWidth: size }}
    >
      {number}
    </span>
  );
}
