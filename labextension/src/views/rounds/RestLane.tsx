import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IRestBar } from '../../model/lanes';
import { formatCount } from '../../model/format';
import { durationText } from '../common/words';

export interface IRestLaneProps {
  bars: readonly IRestBar[];
  count: number;
  x: (at: number) => number;
  width: number;
  trans: TranslationBundle;
}

const CHARACTER = 6.2;

/** All nodes without a lane in one: how long the fastest, the middle and the slowest of them worked in each round. */
export function RestLane(props: IRestLaneProps): JSX.Element {
  const { bars, count, x, width, trans } = props;
  return (
    <div className="jp-alphamed-Gantt-row">
      <div className="jp-alphamed-Gantt-head jp-mod-rest">
        {trans._n('%2 other', '%2 others', count, formatCount(count))}
        <span className="jp-alphamed-Gantt-share">
          {trans.__('min · median · max')}
        </span>
      </div>
      <div className="jp-alphamed-Gantt-lane">
        {bars.map(bar => {
          const left = x(bar.begin);
          const right = x(bar.begin + bar.max);
          if (right < 0 || left > width) {
            return null;
          }
          return (
            <RestBar
              key={bar.round}
              bar={bar}
              left={left}
              x={x}
              trans={trans}
            />
          );
        })}
      </div>
    </div>
  );
}

function RestBar(props: {
  bar: IRestBar;
  left: number;
  x: (at: number) => number;
  trans: TranslationBundle;
}): JSX.Element {
  const { bar, left, x, trans } = props;
  const { round, begin, nodes } = bar;
  const [min = '', middle = '', max = ''] = [bar.min, bar.median, bar.max].map(
    time => durationText(trans, time)
  );
  const ends = [bar.min, bar.median, bar.max].map(time => x(begin + time));
  const parts = [min, middle, max].map((text, place) => {
    const from = ends[place - 1] ?? left;
    const width = Math.max(0, (ends[place] ?? from) - from);
    const fits = text.length * CHARACTER + 12 < width;
    return { text: fits ? text : '', left: from - left, width };
  });
  return (
    <span
      className="jp-alphamed-Gantt-rest"
      style={{ left, width: Math.max(2, x(begin + bar.max) - left) }}
      title={trans.__(
        'Round %1, %2 nodes: min %3, median %4, max %5',
        round,
        formatCount(nodes),
        min,
        middle,
        max
      )}
    >
      {parts.map((part, place) => (
        <span key={place} style={{ left: part.left, width: part.width }}>
          {part.text}
        </span>
      ))}
    </span>
  );
}
