/** The rows of the strip. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { formatCount } from '../../model/format';
import type { IStateLane } from '../../model/areas';
import { areaPath } from '../../model/areas';
import type { IBar, INodeLane } from '../../model/strip';
import type { ILanesProps } from './laneProps';
import { NodeName } from './NodeName';
import { StateIcon } from './StateIcon';
import { shortState, toneOf } from './tell';
import { durationText, roleWord, shortAge, stateWord } from './words';

interface IRowProps extends ILanesProps {
  goTo: (event: React.MouseEvent<HTMLElement>) => void;
}

/** A lane of one node: its head is legend and filter. */
export function NodeLaneRow(
  props: IRowProps & { lane: INodeLane }
): JSX.Element {
  const { lane, model, names, trans, clock, known, goTo } = props;
  const { node, status, bars, ticks } = lane;
  const off = model.hidden.has(node.node);
  const lost = clock - known >= 1;
  const words = lost
    ? trans.__('%1 ago', shortAge(trans, clock - known))
    : shortState(trans, status, known, props.run);
  const short = names.short(node.node);
  const number = names.number(node.node);
  const name = laneLabel(trans, { short, number, role: node.role, words });
  const alone = props.run.members.length < 2;
  const onClick = (event: React.MouseEvent) => {
    if (event.altKey) {
      model.soloNode(node.node);
    } else {
      model.toggleNode(node.node);
    }
  };
  return (
    <div className={`jp-alphamed-Strip-row${off ? ' jp-mod-off' : ''}`}>
      <button
        type="button"
        className="jp-alphamed-Strip-head"
        aria-label={name}
        aria-pressed={!off}
        disabled={alone}
        title={trans.__(
          '%1\nClick: show or hide. Alt click: only this node.',
          node.node
        )}
        onClick={onClick}
      >
        <span className="jp-alphamed-Strip-who">
          <NodeName id={node.node} names={names} />
        </span>
        <span className={`jp-alphamed-Strip-state jp-mod-${toneOf(status)}`}>
          <StateIcon state={status.name} long={status.long} size={12} />
          {props.small ? null : <span>{words}</span>}
        </span>
      </button>
      <div className="jp-alphamed-Strip-lane" onClick={goTo}>
        <Bars bars={bars} trans={trans} />
        {ticks.map(x => (
          <div key={x} className="jp-alphamed-Strip-tick" style={{ left: x }} />
        ))}
      </div>
    </div>
  );
}

function laneLabel(
  trans: TranslationBundle,
  lane: { short: string; number: number; role: string; words: string }
): string {
  const { short, number, role, words } = lane;
  return role === ''
    ? trans.__('%1, node %2, %3', short, number, words)
    : trans.__(
        '%1, node %2, %3, %4',
        short,
        number,
        roleWord(trans, role),
        words
      );
}

/** The bars of a lane; drawn again only when one of them moved. */
const Bars = React.memo(
  function Bars(props: {
    bars: readonly IBar[];
    trans: TranslationBundle;
  }): JSX.Element {
    const { bars, trans } = props;
    return (
      <div className="jp-alphamed-Strip-bars">
        {bars.map(bar => (
          <div
            key={`${bar.seq} ${bar.activity}`}
            className="jp-alphamed-bar"
            data-activity={bar.activity}
            title={barTitle(trans, bar)}
            style={{ left: bar.x, width: bar.width }}
          />
        ))}
      </div>
    );
  },
  (before, after) =>
    before.trans === after.trans &&
    before.bars.length === after.bars.length &&
    before.bars.every((bar, index) => {
      const other = after.bars[index];
      return (
        other !== undefined &&
        bar.seq === other.seq &&
        bar.activity === other.activity &&
        Math.abs(bar.x - other.x) < 0.1 &&
        Math.abs(bar.width - other.width) < 0.1
      );
    })
);

function barTitle(trans: TranslationBundle, bar: IBar): string {
  const time = durationText(trans, bar.end - bar.begin);
  switch (bar.activity) {
    case 'absent':
      return trans.__('never started in this task');
    case 'gone':
      return trans.__('gone');
    case 'custom':
      return trans.__('%1, %2', bar.detail, time);
    default:
      return bar.round === 0
        ? trans.__('%1, %2', stateWord(trans, bar.activity), time)
        : trans.__(
            '%1, %2, round %3',
            stateWord(trans, bar.activity),
            time,
            bar.round
          );
  }
}

const AREA_HEIGHT = 20;

/** How many nodes were in one state over time. */
export function StateLaneRow(
  props: IRowProps & { lane: IStateLane }
): JSX.Element {
  const { lane, run, trans, goTo } = props;
  const word = stateWord(trans, lane.state);
  const bad =
    lane.count > 0 && (lane.state === 'failed' || lane.state === 'gone');
  // A few failed of a thousand would be a line of nothing: those have a scale of their own.
  const most =
    lane.peak < run.members.length / 20 ? lane.peak * 2.5 : run.members.length;
  return (
    <div className="jp-alphamed-Strip-row">
      <div
        className="jp-alphamed-Strip-head"
        role="img"
        aria-label={trans.__('%1: %2 nodes', word, formatCount(lane.count))}
      >
        <span className="jp-alphamed-Strip-who jp-mod-state">
          <StateIcon state={lane.state} size={12} />
          {props.small ? null : <span>{word}</span>}
        </span>
        <span
          className={`jp-alphamed-Strip-state jp-mod-${bad ? 'error' : 'plain'}`}
        >
          <span>{formatCount(lane.count)}</span>
        </span>
      </div>
      <div className="jp-alphamed-Strip-lane" onClick={goTo}>
        <svg
          className="jp-alphamed-Strip-area"
          data-state={lane.state}
          viewBox={`0 0 ${lane.counts.length} ${AREA_HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path d={areaPath(lane, most, AREA_HEIGHT)} />
        </svg>
      </div>
    </div>
  );
}
