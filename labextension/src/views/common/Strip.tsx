import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { formatClock } from '../../model/format';
import { stateLanes } from '../../model/areas';
import type { IRange } from '../../model/strip';
import {
  MOST_LANES,
  nodeLanes,
  rangeOf,
  roundLines,
  timeAt,
  troubled,
  xOf
} from '../../model/strip';
import type { IRunModel, IRunState } from '../../tokens';
import type { INames } from './hooks';
import { useSize } from './hooks';
import type { ILanesProps } from './laneProps';
import { NodeLaneRow, StateLaneRow } from './StripLanes';
import { StripWindow, useWindowDrag } from './StripWindow';

export interface IStripProps {
  model: IRunModel;
  run: IRunState;
  names: INames;
  /** The time of what is shown. */
  now: number;
  /** The time where contact with the hub ended, which lanes cannot pass; null: it stands. */
  lostSince: number | null;
  trans: TranslationBundle;
  /** A narrower lane head, with the state as an icon alone. */
  small?: boolean;
}

/** A lane per node: legend, filter and time axis at once. */
export function Strip(props: IStripProps): JSX.Element | null {
  const { model, run, names, now, lostSince, trans, small = false } = props;
  const axis = React.useRef<HTMLDivElement>(null);
  const { width } = useSize(axis);
  // Time goes on while the hub is away; what is known of the nodes does not.
  const clock =
    lostSince === null ? now : Math.max(now, model.federation.now());
  const known = lostSince === null ? now : Math.min(now, lostSince);
  const range = rangeOf(run, clock, width);
  const shared = { model, run, names, trans, range, small, clock, known };
  const many = run.members.length > MOST_LANES;
  const rounds = roundLines(run, range);
  const drag = useWindowDrag(model, range, small ? 128 : 188);
  const { moment } = model;
  const shownTime = drag.dragged ?? model.window;
  return (
    <div
      className="jp-alphamed-Strip"
      role="group"
      aria-label={trans.__('Nodes over time')}
    >
      <div className="jp-alphamed-Strip-scroll" {...drag.handlers}>
        {many ? <ManyLanes {...shared} /> : <FewLanes {...shared} />}
      </div>
      <div className="jp-alphamed-Strip-axis" ref={axis} aria-hidden="true">
        {rounds.map(line =>
          line.labelled ? (
            <span key={line.seq} style={{ left: line.x }}>
              {line.round === 0
                ? trans.__('check-in')
                : trans.__('R%1', line.round)}
            </span>
          ) : null
        )}
        <span className="jp-alphamed-Strip-clock">
          {formatClock(range.end)}
        </span>
      </div>
      <div className="jp-alphamed-Strip-over" aria-hidden="true">
        {rounds.map(line => (
          <div
            key={line.seq}
            className="jp-alphamed-Strip-round"
            style={{ left: line.x }}
          />
        ))}
        {shownTime === null ? null : (
          <StripWindow shown={shownTime} range={range} />
        )}
        {moment === null ? null : (
          <div
            className="jp-alphamed-Strip-moment"
            style={{ left: clampX(range, moment.at) }}
          />
        )}
      </div>
    </div>
  );
}

function clampX(range: IRange, at: number): number {
  return Math.min(range.width, Math.max(0, xOf(range, at)));
}

function FewLanes(props: ILanesProps): JSX.Element {
  const { model, run, range, known } = props;
  const goTo = useGoTo(model, range);
  return (
    <>
      {nodeLanes(run.members, run, range, known).map(lane => (
        <NodeLaneRow key={lane.node.node} {...props} lane={lane} goTo={goTo} />
      ))}
    </>
  );
}

/** A lane per state, and one for each node in trouble. */
function ManyLanes(props: ILanesProps): JSX.Element {
  const { model, run, range, known } = props;
  const goTo = useGoTo(model, range);
  const areas = stateLanes(run, range, known);
  const single = nodeLanes(troubled(run, known), run, range, known);
  return (
    <>
      {areas.map(lane => (
        <StateLaneRow key={lane.state} {...props} lane={lane} goTo={goTo} />
      ))}
      {single.map(lane => (
        <NodeLaneRow key={lane.node.node} {...props} lane={lane} goTo={goTo} />
      ))}
    </>
  );
}

/** A click on a lane takes all tabs to that moment. */
function useGoTo(
  model: IRunModel,
  range: IRange
): (event: React.MouseEvent<HTMLElement>) => void {
  return event => {
    const left = event.currentTarget.getBoundingClientRect().left;
    model.setMoment({ at: timeAt(range, event.clientX - left), seq: null });
  };
}
