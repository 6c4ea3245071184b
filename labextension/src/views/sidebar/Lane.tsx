import * as React from 'react';
import type { NodeView } from '../../hub/protocol';
import { ends } from '../../model/activities';
import type { IRunState } from '../../tokens';

export interface ILaneProps {
  node: NodeView;
  run: IRunState;
  now: number;
}

/** What one node did since the run began, 8 px high. */
export function Lane({ node, run, now }: ILaneProps): JSX.Element {
  const span = Math.max(now - run.started, 0.001);
  return (
    <div className="jp-alphamed-Sidebar-lane" aria-hidden="true">
      {barsOf(node, run.started, span, now).map(bar => (
        <span
          key={bar.seq}
          data-activity={bar.activity}
          style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
        />
      ))}
    </div>
  );
}

interface IBar {
  seq: number;
  activity: string;
  left: number;
  width: number;
}

/** What is too narrow to be seen joins the bar before it. */
const NARROWEST = 0.3; // percent

function barsOf(
  node: NodeView,
  started: number,
  span: number,
  now: number
): IBar[] {
  const bars: IBar[] = [];
  const last = node.intervals.length - 1;
  node.intervals.forEach(([activity, , , begin, end, seq], index) => {
    if (ends(activity)) {
      return;
    }
    const open = index === last && node.state === 'up' ? now : begin;
    const left = percent((begin - started) / span);
    const width = percent(((end || open) - started) / span) - left;
    const before = bars[bars.length - 1];
    if (before !== undefined && width < NARROWEST) {
      before.width = Math.max(before.width, left + width - before.left);
    } else {
      bars.push({ seq, activity, left, width });
    }
  });
  const failed = node.intervals[last];
  if (failed !== undefined && failed[0] === 'failed') {
    const left = percent((failed[3] - started) / span);
    const width = percent((now - started) / span) - left;
    bars.push({ seq: failed[5], activity: 'failed', left, width });
  }
  return bars;
}

function percent(part: number): number {
  return Math.min(100, Math.max(0, part * 100));
}
