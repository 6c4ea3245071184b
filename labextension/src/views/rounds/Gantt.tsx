import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import {
  type Direction,
  type IPlaceInLanes,
  neighbour
} from '../../model/laneSteps';
import { lanesOf, restBars } from '../../model/lanes';
import { wholeTime } from '../../model/timeWindow';
import { latestAttempt } from '../../model/attempts';
import type { IRound } from '../../model/rounds';
import type { ITraffic } from '../../model/traffic';
import type { IActions, IRunModel, IRunState } from '../../tokens';
import { IconButton } from '../common/IconButton';
import type { INames } from '../common/hooks';
import { useSize } from '../common/hooks';
import { useKeys } from '../common/keys';
import { BarDetail } from './BarDetail';
import { Lane } from './Lane';
import { RestLane } from './RestLane';
import { RoundHeads } from './RoundHeads';
import { FitIcon, ZoomInIcon, ZoomOutIcon } from './icons';
import { useWheel, useZoom } from './zoom';

const HEAD = 188;
const MARGIN = 12;
const ZOOM = 1.6;

const ARROWS: Readonly<Record<string, Direction | undefined>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down'
};

export interface IGanttProps {
  model: IRunModel;
  actions: IActions;
  run: IRunState;
  rounds: readonly IRound[];
  remaining: number | null;
  now: number;
  names: INames;
  traffic: ITraffic | null;
  trans: TranslationBundle;
}

/** A lane per node, with a bar for each thing it did. */
export function Gantt(props: IGanttProps): JSX.Element {
  const { model, run, rounds, remaining, now, names, traffic, trans } = props;
  const box = React.useRef<HTMLDivElement>(null);
  const { width: boxWidth } = useSize(box);
  const head = boxWidth > 0 && boxWidth < 600 ? 128 : HEAD;
  const width = Math.max(0, boxWidth - head - MARGIN);
  const whole = wholeTime(run, now, remaining);
  const zoom = useZoom(model, whole);
  const { window } = zoom;
  const lanes = React.useMemo(() => lanesOf(run, run.at), [run]);
  const attempt = latestAttempt(run);
  const rest = React.useMemo(
    () => (attempt === null ? [] : restBars(lanes.rest, attempt, run.at)),
    [attempt, lanes, run]
  );
  const [selected, setSelected] = React.useState<IPlaceInLanes | null>(null);
  const since = attempt !== null && run.attempts.length > 1 ? attempt.begin : 0;

  const select = React.useCallback(
    (next: IPlaceInLanes | null) => {
      setSelected(next);
      if (next !== null) {
        const [, , , begin, , seq] = next.interval;
        model.setMoment({ at: begin, seq });
      }
    },
    [model]
  );

  useKeys({
    'zoom-in': () => zoom.by(1 / ZOOM),
    'zoom-out': () => zoom.by(ZOOM),
    fit: () => zoom.fit(),
    escape: () => {
      if (selected === null) {
        return false;
      }
      select(null);
      return true;
    }
  });
  useWheel(box, window, head, width, zoom);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const direction = ARROWS[event.key];
    const next =
      direction === undefined
        ? null
        : neighbour(lanes.nodes, selected, direction, since);
    if (next !== null) {
      event.preventDefault();
      event.stopPropagation();
      select(next);
      zoom.show(next.interval[3]);
    }
  };

  const x = (at: number): number =>
    ((at - window.begin) / (window.end - window.begin)) * width;
  const line = (at: number, name: string): JSX.Element | null => {
    const left = x(at);
    return left < 0 || left > width + 1 ? null : (
      <span className={`jp-alphamed-Gantt-${name}`} style={{ left }} />
    );
  };
  const live = model.asOf === null && run.ended === 0;

  return (
    <div className="jp-alphamed-Gantt-frame">
      <div
        ref={box}
        className="jp-alphamed-Gantt jp-alphamed-list"
        style={{ '--alphamed-gantt-head': `${head}px` } as React.CSSProperties}
        data-narrow={head < HEAD}
        tabIndex={0}
        role="group"
        aria-label={trans.__(
          'What each node did, by round. Arrow keys walk through the bars; the table below says the same.'
        )}
        onKeyDown={onKeyDown}
      >
        <div className="jp-alphamed-Gantt-top">
          <div className="jp-alphamed-Gantt-zoom">
            <IconButton
              icon={<ZoomInIcon />}
              label={trans.__('Zoom in')}
              onClick={() => zoom.by(1 / ZOOM)}
            />
            <IconButton
              icon={<ZoomOutIcon />}
              label={trans.__('Zoom out')}
              disabled={zoom.whole}
              onClick={() => zoom.by(ZOOM)}
            />
            <IconButton
              icon={<FitIcon />}
              label={trans.__('Show all rounds')}
              disabled={zoom.whole}
              onClick={() => zoom.fit()}
            />
          </div>
          <RoundHeads rounds={rounds} x={x} width={width} trans={trans} />
        </div>
        <div className="jp-alphamed-Gantt-lanes">
          {lanes.nodes.map(member => (
            <Lane
              key={member.node}
              member={member}
              since={since}
              begin={window.begin}
              end={window.end}
              width={width}
              now={now}
              until={run.ended || now}
              names={names}
              off={model.hidden.has(member.node)}
              selected={
                selected?.node === member.node ? selected.interval[5] : 0
              }
              traffic={traffic}
              trans={trans}
              onSelect={select}
              onToggle={(node, alone) =>
                alone ? model.soloNode(node) : model.toggleNode(node)
              }
            />
          ))}
          {lanes.rest.length > 0 ? (
            <RestLane
              bars={rest}
              count={lanes.rest.length}
              x={x}
              width={width}
              trans={trans}
            />
          ) : null}
        </div>
        <div className="jp-alphamed-Gantt-over" aria-hidden="true">
          {rounds.map(round => (
            <React.Fragment key={round.seq}>
              {line(round.begin, 'round')}
            </React.Fragment>
          ))}
          {live ? line(now, 'now') : null}
          {model.moment !== null ? line(model.moment.at, 'moment') : null}
        </div>
      </div>
      {selected !== null ? (
        <BarDetail
          {...props}
          selected={selected}
          onClose={() => select(null)}
        />
      ) : null}
    </div>
  );
}
