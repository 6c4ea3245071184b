import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { STATE_NAMES, works, type StateName } from '../../model/activities';
import { formatValue } from '../../model/charts';
import { formatCount, formatDuration } from '../../model/format';
import type { IProgress } from '../../model/attemptProgress';
import type { ISlowNode } from '../../model/slowest';
import { NodeName } from '../common/NodeName';
import type { INames } from '../common/hooks';
import { ageText, durationText, stateWord } from '../common/words';

/** More rounds than this are one bar without gaps. */
const MOST_SEGMENTS = 40;

export interface ISummaryProps {
  progress: IProgress | null;
  slow: ISlowNode | null;
  /** The last value of the metric that says how good the model is. */
  score: { value: number; share: boolean; name: string } | null;
  names: INames;
  trans: TranslationBundle;
}

/** How far the task is, in a row of numbers, with the legend of the bars below. */
export function Summary(props: ISummaryProps): JSX.Element {
  const { progress, slow, score, names, trans } = props;
  return (
    <div className="jp-alphamed-Rounds-summary">
      <dl className="jp-alphamed-Rounds-numbers">
        {progress === null ? null : (
          <div className="jp-alphamed-Rounds-progress">
            <dt>{trans.__('Progress')}</dt>
            <dd>
              <Segments progress={progress} trans={trans} />
            </dd>
          </div>
        )}
        {progress === null ? null : (
          <div>
            <dt>{trans.__('Elapsed')}</dt>
            <dd>{ageText(trans, progress.elapsed)}</dd>
          </div>
        )}
        {progress === null || progress.remaining === null ? null : (
          <div>
            <dt>{trans.__('Remaining')}</dt>
            <dd>~ {ageText(trans, Math.ceil(progress.remaining))}</dd>
          </div>
        )}
        {progress === null || progress.median === null ? null : (
          <div>
            <dt>{trans.__('Round, median')}</dt>
            <dd>{durationText(trans, progress.median)}</dd>
          </div>
        )}
        {slow === null ? null : (
          <div>
            <dt>{trans.__('Slowest node')}</dt>
            <dd className="jp-alphamed-Rounds-slow">
              <SlowNode slow={slow} names={names} trans={trans} />
            </dd>
          </div>
        )}
        {score === null ? null : (
          <div>
            <dt title={score.name}>{trans.__('Accuracy')}</dt>
            <dd>{formatValue(score.value, score.share)}</dd>
          </div>
        )}
      </dl>
      <Legend trans={trans} />
    </div>
  );
}

function SlowNode(props: {
  slow: ISlowNode;
  names: INames;
  trans: TranslationBundle;
}): JSX.Element {
  const { slow, names, trans } = props;
  const { node, seconds, surplus } = slow;
  const text =
    surplus === null
      ? durationText(trans, seconds)
      : `+${durationText(trans, Math.max(0, surplus))}`;
  const explained =
    surplus === null
      ? trans.__(
          '%1 works %2 a round (median).',
          names.short(node),
          durationText(trans, seconds)
        )
      : trans.__(
          '%1 works %2 a round (median), %3 longer than the median of the others.',
          names.short(node),
          durationText(trans, seconds),
          durationText(trans, Math.max(0, surplus))
        );
  return (
    <span title={explained}>
      <NodeName id={node} names={names} />
      <span className="jp-alphamed-secondary"> {text}</span>
    </span>
  );
}

function Segments(props: {
  progress: IProgress;
  trans: TranslationBundle;
}): JSX.Element {
  const { progress, trans } = props;
  const { round, maxRounds, finished, part, going } = progress;
  if (maxRounds === 0) {
    // Nobody knows how many there will be: no bar that would say so.
    return <span>{trans.__('round %1', formatCount(round))}</span>;
  }
  const label = trans.__(
    'round %1 of %2',
    formatCount(round),
    formatCount(maxRounds)
  );
  const done = finished + (going ? part : 0);
  return (
    <span
      className="jp-alphamed-Rounds-segments"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={maxRounds}
      aria-valuenow={finished}
      title={label}
    >
      {maxRounds > MOST_SEGMENTS ? (
        <Segment part={done / maxRounds} />
      ) : (
        Array.from({ length: maxRounds }, (_, place) => (
          <Segment key={place} part={done - place} />
        ))
      )}
    </span>
  );
}

function Segment({ part }: { part: number }): JSX.Element {
  const width = `${Math.min(1, Math.max(0, part)) * 100}%`;
  return (
    <span className="jp-alphamed-Rounds-segment">
      <span style={{ width }} />
    </span>
  );
}

const LEGEND = new Set<StateName>([
  'training',
  'waiting',
  ...STATE_NAMES.filter(name => works(name) && name !== 'custom')
]);

function Legend({ trans }: { trans: TranslationBundle }): JSX.Element {
  return (
    <ul className="jp-alphamed-Rounds-legend" aria-hidden="true">
      {[...LEGEND].map(activity => (
        <li key={activity}>
          <span className="jp-alphamed-Gantt-swatch" data-activity={activity} />
          {stateWord(trans, activity)}
        </li>
      ))}
    </ul>
  );
}

/** `8.4 s`, and with an ellipsis while it goes on. */
export function roundTime(
  trans: TranslationBundle,
  seconds: number,
  going: boolean
): string {
  const text =
    seconds < 1 && !going
      ? formatDuration(seconds)
      : durationText(trans, seconds);
  return going ? trans.__('%1 …', text) : text;
}
