import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { formatCount, formatElapsed } from '../model/format';
import { progressOf } from '../model/progress';
import type { IRunModel, IView } from '../tokens';
import { VIEWS, viewOf } from './index';
import { IconButton } from './common/IconButton';
import { MoreIcon, PinIcon } from './common/icons';
import type { MenuEntry } from './common/Menu';
import { MenuButton } from './common/Menu';
import { TaskPicker } from './common/TaskPicker';
import { ageText } from './common/words';

export interface IHeaderProps {
  model: IRunModel;
  now: number;
  trans: TranslationBundle;
  /** More items of the menu, first those of the view. */
  menu: () => readonly MenuEntry[];
  /** Of the panel that the tabs control. */
  panelId: string;
}

/** Task picker, tabs with counts, progress, pin, menu. */
export function Header(props: IHeaderProps): JSX.Element {
  const { model, now, trans, menu } = props;
  return (
    <header className="jp-alphamed-Header">
      <TaskPicker model={model} trans={trans} />
      <Tabs {...props} />
      <Progress model={model} now={now} trans={trans} />
      <span className="jp-alphamed-Header-actions">
        {model.task === null ? null : (
          <IconButton
            icon={<PinIcon />}
            label={trans.__('Pin task')}
            pressed={model.pinned}
            onClick={() => model.setPinned(!model.pinned)}
          />
        )}
        <MenuButton label={trans.__('More')} entries={menu} align="end">
          <MoreIcon />
        </MenuButton>
      </span>
    </header>
  );
}

function Tabs(props: IHeaderProps): JSX.Element {
  const { model, trans, panelId } = props;
  const list = React.useRef<HTMLDivElement>(null);
  const current = viewOf(model);
  const onKey = (event: React.KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = VIEWS.indexOf(current);
    const next =
      event.key === 'Home'
        ? 0
        : event.key === 'End'
          ? VIEWS.length - 1
          : step === undefined
            ? null
            : (place + step + VIEWS.length) % VIEWS.length;
    const view = next === null ? undefined : VIEWS[next];
    if (view !== undefined && next !== null) {
      event.preventDefault();
      model.setView(view.name);
      list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
    }
  };
  return (
    <div
      className="jp-alphamed-Tabs"
      role="tablist"
      aria-label={trans.__('Views')}
      ref={list}
      onKeyDown={onKey}
    >
      {VIEWS.map(view => {
        const selected = view === current;
        return (
          <button
            key={view.name}
            type="button"
            className="jp-alphamed-Tab"
            role="tab"
            aria-selected={selected}
            aria-controls={panelId}
            tabIndex={selected ? 0 : -1}
            onClick={() => model.setView(view.name)}
          >
            {view.word(trans)}
            <TabCount {...props} view={view} />
          </button>
        );
      })}
    </div>
  );
}

function TabCount(props: IHeaderProps & { view: IView }): JSX.Element | null {
  const { model, trans, view } = props;
  const run = model.shown;
  if (run === null) {
    return null;
  }
  const unseen = view.unseen?.(model, run) ?? 0;
  if (unseen > 0) {
    return (
      <span
        className="jp-alphamed-Tab-errors"
        aria-label={trans._n('%1 new error', '%1 new errors', unseen)}
      >
        {formatCount(unseen)}
      </span>
    );
  }
  const text = view.count(run);
  return text === '' ? null : (
    <span className="jp-alphamed-Tab-count">{text}</span>
  );
}

function Progress(props: {
  model: IRunModel;
  now: number;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, now, trans } = props;
  const run = model.shown;
  if (model.task === null) {
    const ready = model.federation.connection.state === 'open';
    return (
      <span className="jp-alphamed-Header-progress">
        {ready ? trans.__('hub ready') : ''}
      </span>
    );
  }
  if (run === null) {
    return <span className="jp-alphamed-Header-progress" />;
  }
  const progress = progressOf(run, now);
  const lost = model.federation.connection.state === 'lost';
  const words = phaseText(trans, progress);
  const rest: string[] = [];
  if (!lost) {
    rest.push(formatElapsed(progress.elapsed));
    if (progress.left !== null && model.asOf === null) {
      const left = ageText(trans, Math.max(1, Math.round(progress.left)));
      rest.push(trans.__('about %1 left', left));
    }
  }
  const percent = Math.round((progress.done ?? 0) * 100);
  return (
    <span className="jp-alphamed-Header-progress">
      {progress.done === null || progress.phase === 'checking in' ? null : (
        <span
          className="jp-alphamed-Bar"
          role="progressbar"
          aria-label={trans.__('Progress')}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
        >
          <div
            className="jp-alphamed-Bar-done"
            style={{ width: `${percent}%` }}
          />
        </span>
      )}
      <span>
        {words}
        {rest.map(text => (
          <span key={text} className="jp-alphamed-Header-rest">
            {' · '}
            {text}
          </span>
        ))}
      </span>
    </span>
  );
}

function phaseText(
  trans: TranslationBundle,
  progress: ReturnType<typeof progressOf>
): string {
  const { phase, round, of } = progress;
  switch (phase) {
    case 'checking in':
      return trans.__('checking in');
    case 'finished':
      return trans.__('finished');
    case 'failed':
      return trans.__('failed');
    case 'stopped':
      return trans.__('stopped');
    case 'ended':
      return trans.__('ended');
    case 'running':
      return of > 0
        ? trans.__('round %1 of %2', round, of)
        : trans.__('round %1', round);
  }
}
