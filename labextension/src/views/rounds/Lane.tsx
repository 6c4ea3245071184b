import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Interval, NodeView } from '../../hub/protocol';
import { STATES } from '../../model/activities';
import { barsOf, type IBar, tailOf } from '../../model/gantt';
import type { IPlaceInLanes } from '../../model/laneSteps';
import { formatBytes, formatTime } from '../../model/format';
import type { ITraffic } from '../../model/traffic';
import { shareOf } from '../../model/work';
import { NodeName } from '../common/NodeName';
import type { INames } from '../common/hooks';
import { durationText, roleWord, stateWord } from '../common/words';

export interface ILaneProps {
  member: NodeView;
  /** Intervals before this are another attempt's. */
  since: number;
  begin: number;
  end: number;
  width: number;
  now: number;
  until: number;
  names: INames;
  /** Filtered out. */
  off: boolean;
  /** The number of the selected interval; 0: none of this lane. */
  selected: number;
  traffic: ITraffic | null;
  trans: TranslationBundle;
  onSelect: (selected: IPlaceInLanes) => void;
  onToggle: (node: string, alone: boolean) => void;
}

/** Mark, id and share of a node, and its bars. Only what goes on is drawn anew with time. */
export const Lane = React.memo(function Lane(props: ILaneProps): JSX.Element {
  const { member, since, begin, end, width, now, names, off, trans } = props;
  const { intervals } = member;
  const bars = React.useMemo(
    () =>
      width > 0
        ? barsOf(
            intervals.filter(interval => interval[4] > since),
            { begin, end },
            width,
            0
          )
        : [],
    [intervals, since, begin, end, width]
  );
  const open = intervals.length > 0 ? openOf(intervals) : null;
  const running =
    open === null || width <= 0
      ? []
      : barsOf([open], { begin, end }, width, now);
  const all = [...bars, ...running];
  const tail =
    width > 0 ? tailOf(member, { begin, end }, width, props.until) : null;

  const barOf = (target: EventTarget): IBar | undefined => {
    const element =
      target instanceof Element ? target.closest('[data-place]') : null;
    return element === null
      ? undefined
      : all[Number(element.getAttribute('data-place'))];
  };

  return (
    <div className={`jp-alphamed-Gantt-row${off ? ' jp-mod-off' : ''}`}>
      <LaneHead {...props} />
      <div
        className="jp-alphamed-Gantt-lane"
        onClick={event => {
          const bar = barOf(event.target);
          if (bar !== undefined) {
            props.onSelect({ node: member.node, interval: bar.interval });
          }
        }}
        onMouseOver={event => {
          const bar = barOf(event.target);
          if (bar !== undefined && event.target instanceof HTMLElement) {
            // Thousands of bars need no text before somebody asks for one.
            event.target.title = barText(bar, member, names, props);
          }
        }}
      >
        {tail === null ? null : (
          <span
            className="jp-alphamed-Gantt-tail"
            data-state={tail.state}
            style={{ left: tail.left, width: tail.width }}
          />
        )}
        {all.map((bar, place) => (
          <Bar
            key={bar.interval[5]}
            bar={bar}
            place={place}
            selected={bar.interval[5] === props.selected}
            seconds={(bar.interval[4] || now) - bar.interval[3]}
            trans={trans}
          />
        ))}
      </div>
    </div>
  );
});

function LaneHead(props: ILaneProps): JSX.Element {
  const { member, since, until, names, off, trans, onToggle } = props;
  const share = shareOf(member, since, until);
  const trouble = troubleOf(member);
  const text =
    trouble !== null
      ? stateWord(trans, trouble)
      : share === null
        ? stateWord(trans, 'starting')
        : share.busy >= share.waited
          ? trans.__('busy %1', percent(share.busy))
          : trans.__('waited %1', percent(share.waited));
  const role = roleWord(trans, member.role);
  const parts = [names.short(member.node), role, text].filter(Boolean);
  return (
    <button
      type="button"
      className="jp-alphamed-Gantt-head"
      aria-pressed={!off}
      aria-label={parts.join(', ')}
      title={[member.node, role, text].filter(Boolean).join('\n')}
      onClick={event => onToggle(member.node, event.altKey)}
    >
      <span className="jp-alphamed-Gantt-who">
        <NodeName id={member.node} names={names} />
      </span>
      <span className="jp-alphamed-Gantt-share" data-trouble={trouble}>
        {text}
      </span>
    </button>
  );
}

/** What counts more than how busy a node was. */
function troubleOf(
  member: NodeView
): 'failed' | 'gone' | 'stopped' | 'not up' | null {
  switch (member.state) {
    case 'failed':
    case 'gone':
    case 'stopped':
      return member.state;
    case 'absent':
      return 'not up';
    default:
      return null;
  }
}

interface IBarProps {
  bar: IBar;
  place: number;
  selected: boolean;
  seconds: number;
  trans: TranslationBundle;
}

const CHARACTER = 6.6;

function Bar(props: IBarProps): JSX.Element {
  const { bar, place, selected, seconds, trans } = props;
  const { left, width, activity, interval, count } = bar;
  let text = '';
  // The colours of the others do not let a text be read.
  if (count === 1 && STATES[activity].kind === 'computes') {
    const time = durationText(trans, seconds);
    const named = interval[1] !== '' && activity === 'custom';
    const both = named ? `${interval[1]} ${time}` : time;
    text = [both, time].find(it => it.length * CHARACTER + 12 < width) ?? '';
  }
  return (
    <span
      className={`jp-alphamed-Gantt-bar${selected ? ' jp-mod-selected' : ''}`}
      data-activity={activity}
      data-place={place}
      style={{ left, width: width > 5 ? width - 1 : width }}
    >
      {text}
    </span>
  );
}

function openOf(intervals: readonly Interval[]): Interval | null {
  const last = intervals[intervals.length - 1];
  return last !== undefined && last[4] === 0 ? last : null;
}

/** A share as a whole percentage. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function barText(
  bar: IBar,
  member: NodeView,
  names: INames,
  props: ILaneProps
): string {
  const { trans, now, traffic } = props;
  if (bar.count > 1) {
    return trans.__(
      '%1: %2 short activities, zoom in to tell them apart',
      names.short(member.node),
      bar.count
    );
  }
  return [
    `${names.short(member.node)} · ${intervalWord(trans, bar.interval)}`,
    ...intervalLines(trans, bar.interval, now),
    ...bytesOf(trans, traffic, member.node, bar.interval, now)
  ].join('\n');
}

/** What it was, in words: a user's own status stays as it is. */
export function intervalWord(
  trans: TranslationBundle,
  [activity, detail]: Interval
): string {
  return activity === 'custom' && detail !== ''
    ? detail
    : stateWord(trans, activity);
}

/** Round, times and length of an interval. */
export function intervalLines(
  trans: TranslationBundle,
  [, , round, begin, end]: Interval,
  now: number
): string[] {
  const lines = round > 0 ? [trans.__('round %1', round)] : [];
  lines.push(
    end > 0
      ? trans.__('%1 to %2', formatTime(begin), formatTime(end))
      : trans.__('since %1', formatTime(begin))
  );
  lines.push(durationText(trans, (end || now) - begin));
  return lines;
}

/** What the node sent and received meanwhile, as far as that is known. */
export function bytesOf(
  trans: TranslationBundle,
  traffic: ITraffic | null,
  node: string,
  [activity, , , begin, end]: Interval,
  now: number
): string[] {
  if (traffic === null) {
    return STATES[activity].kind === 'moves'
      ? [trans.__('Not counted: too many streams')]
      : [];
  }
  const moved = traffic.during(node, begin, end || now);
  const lines: string[] = [];
  if (moved.sent > 0) {
    lines.push(trans.__('%1 sent', formatBytes(moved.sent)));
  }
  if (moved.received > 0) {
    lines.push(trans.__('%1 received', formatBytes(moved.received)));
  }
  return lines;
}
