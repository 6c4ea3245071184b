import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { niceStep } from '../../model/charts';
import type { IRound } from '../../model/rounds';
import { roundTime } from './Summary';

export interface IRoundHeadsProps {
  rounds: readonly IRound[];
  x: (at: number) => number;
  width: number;
  trans: TranslationBundle;
}

const NUMBER = 26;

/** About how wide a text of 11 px is. */
function roomFor(text: string): number {
  let width = 14;
  for (const character of text) {
    width += character > '\u2e80' ? 11 : 6.2;
  }
  return width;
}

/** `Round 1 8.4 s` over each round; where there is less room the time goes, then the word, then most of the numbers. */
export function RoundHeads(props: IRoundHeadsProps): JSX.Element {
  const { rounds, x, width, trans } = props;
  const first = rounds[0];
  const last = rounds[rounds.length - 1];
  const usual =
    first === undefined || last === undefined || rounds.length < 2
      ? width
      : (x(last.begin) - x(first.begin)) / (rounds.length - 1);
  const step =
    usual < NUMBER ? niceStep(NUMBER / Math.max(usual, 0.01), false) : 1;
  return (
    <div className="jp-alphamed-Gantt-rounds" aria-hidden="true">
      {rounds.map((round, place) => {
        const next = rounds[place + 1];
        const end = next === undefined ? width : Math.min(width, x(next.begin));
        // A round that began before what is shown keeps its head at the edge.
        const left = Math.max(0, x(round.begin));
        const room = end - left;
        const counted = step === 1 || round.round % step === 0;
        if (end <= 0 || left > width - NUMBER || !counted) {
          return null;
        }
        const time = roundTime(trans, round.duration, round.going);
        const name = trans.__('Round %1', round.round);
        return (
          <span key={round.seq} style={{ left }} title={`${name} ${time}`}>
            {room < roomFor(name) ? (
              <b>{round.round}</b>
            ) : (
              <>
                <b>{name}</b>
                {room < roomFor(`${name} ${time}`) ? '' : ` ${time}`}
              </>
            )}
          </span>
        );
      })}
    </div>
  );
}
