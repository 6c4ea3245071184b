import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { TaskGlance } from '../../hub/protocol';
import { safeName } from '../../model/escaped';
import { formatElapsed } from '../../model/format';
import { shortId } from '../../model/marks';
import { attemptProgress } from '../../model/attemptProgress';
import type { IRunState } from '../../tokens';
import { durationText } from '../common/words';

export interface ITaskHeadProps {
  glance: TaskGlance;
  /** Null: not known yet. */
  run: IRunState | null;
  now: number;
  trans: TranslationBundle;
}

/** The task that is shown, and how far it is. */
export function TaskHead(props: ITaskHeadProps): JSX.Element {
  const { glance, run, now, trans } = props;
  const started = run?.started ?? glance.started;
  const ended = run?.ended ?? glance.ended;
  const progress = run === null ? null : attemptProgress(run, now);
  const round = progress?.round ?? glance.round;
  const rounds = progress?.maxRounds ?? glance.max_rounds;
  const done =
    progress === null || rounds === 0
      ? 0
      : Math.min(1, (progress.finished + progress.part) / rounds);
  return (
    <section className="jp-alphamed-Sidebar-task">
      <div className="jp-alphamed-Sidebar-line">
        <strong>{glance.scheduler || trans.__('Task')}</strong>
        <code title={safeName(glance.task)}>{shortId(glance.task)}</code>
        <span className="jp-alphamed-Sidebar-since">
          {formatElapsed((ended || now) - started)}
        </span>
      </div>
      {rounds > 0 ? (
        <div
          className="jp-alphamed-Sidebar-progress"
          role="progressbar"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(done * 100)}
          aria-label={trans.__('Progress')}
        >
          <span style={{ width: `${done * 100}%` }} />
        </div>
      ) : null}
      <div className="jp-alphamed-Sidebar-line jp-mod-secondary">
        <span>{roundText(trans, round, rounds, ended > 0)}</span>
        <span className="jp-alphamed-Sidebar-since">
          {ended > 0 || progress === null || progress.remaining === null
            ? ''
            : trans.__(
                'about %1 left',
                durationText(trans, Math.round(progress.remaining))
              )}
        </span>
      </div>
    </section>
  );
}

function roundText(
  trans: TranslationBundle,
  round: number,
  rounds: number,
  ended: boolean
): string {
  if (round === 0) {
    return ended ? trans.__('No round yet') : trans.__('checking in');
  }
  return rounds > 0
    ? trans.__('round %1 of %2', round, rounds)
    : trans.__('round %1', round);
}
