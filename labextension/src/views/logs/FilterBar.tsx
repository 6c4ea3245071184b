/** What of the log is shown: text, levels; and on to the next error, follow, clear, export. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ITextFilter } from '../../model/filters';
import { formatCount } from '../../model/format';
import { LEVEL_WORDS, LEVELS } from '../../model/records';
import type { LevelName } from '../../tokens';
import { IconButton } from '../common/IconButton';
import { ChevronDownIcon, ChevronUpIcon, SearchIcon } from '../common/icons';
import { MenuButton } from '../common/Menu';
import { StateIcon } from '../common/StateIcon';
import type { ExportFormat } from './exporting';
import type { FilterProblem } from './data/finder';
import { ClearIcon, ExportIcon, FollowIcon } from './icons';

export interface IFilterBarProps {
  filter: ITextFilter;
  problem: FilterProblem | null;
  onFilter(filter: ITextFilter): void;
  onMatch(step: 1 | -1): void;
  /** The box is left by a key. */
  onLeave(): void;
  box: React.RefObject<HTMLInputElement>;
  /** Which nodes are shown, where lanes do not tell. */
  nodes: React.ReactNode;
  levels: ReadonlySet<LevelName>;
  counts: Readonly<Record<LevelName, number>>;
  onLevel(level: LevelName, only: boolean): void;
  errors: number;
  /** The error that is selected, from 1; 0: none. */
  error: number;
  onError(step: 1 | -1): void;
  follow: boolean;
  onFollow(): void;
  cleared: boolean;
  onClear(): void;
  onExport(format: ExportFormat): void;
  trans: TranslationBundle;
}

export function FilterBar(props: IFilterBarProps): JSX.Element {
  const { trans } = props;
  return (
    <div
      className="jp-alphamed-Logs-filters"
      role="toolbar"
      aria-label={trans.__('Filters')}
    >
      <TextBox {...props} />
      {props.nodes}
      <div
        className="jp-alphamed-Segments jp-alphamed-Logs-levels"
        role="group"
        aria-label={trans.__('Level')}
      >
        {LEVELS.map(level => (
          <button
            key={level}
            type="button"
            className={`jp-mod-${level}`}
            aria-pressed={props.levels.has(level)}
            data-any={props.counts[level] > 0}
            onClick={event => props.onLevel(level, event.altKey)}
          >
            {LEVEL_WORDS[level]} <span>{formatCount(props.counts[level])}</span>
          </button>
        ))}
      </div>
      {props.errors > 0 && (
        <div className="jp-alphamed-Logs-errors">
          <StateIcon state="failed" />
          <span>
            {props.error > 0 && `${formatCount(props.error)} / `}
            {trans._n('%1 error', '%1 errors', props.errors)}
          </span>
          <IconButton
            icon={<ChevronUpIcon />}
            label={trans.__('Previous error')}
            onClick={() => props.onError(-1)}
          />
          <IconButton
            icon={<ChevronDownIcon />}
            label={trans.__('Next error')}
            onClick={() => props.onError(1)}
          />
        </div>
      )}
      <span className="jp-alphamed-space" />
      <IconButton
        icon={<FollowIcon />}
        label={props.follow ? trans.__('Follow') : trans.__('Paused')}
        pressed={props.follow}
        showLabel
        onClick={props.onFollow}
      />
      <IconButton
        icon={<ClearIcon />}
        label={props.cleared ? trans.__('Undo clear') : trans.__('Clear view')}
        showLabel
        onClick={props.onClear}
      />
      <span className="jp-alphamed-Logs-export">
        <MenuButton
          label={trans.__('Export')}
          align="end"
          entries={() => [
            { label: trans.__('as text'), run: () => props.onExport('text') },
            { label: trans.__('as JSONL'), run: () => props.onExport('jsonl') }
          ]}
        >
          <ExportIcon />
          <span className="jp-alphamed-IconButton-label">
            {trans.__('Export')}
          </span>
        </MenuButton>
        <ChevronDownIcon size={10} />
      </span>
    </div>
  );
}

/** The box waits a moment for the next key; its toggles do not. */
const PATIENCE = 120;

function TextBox(props: IFilterBarProps): JSX.Element {
  const { filter, problem, onFilter, box, trans } = props;
  const [draft, setDraft] = React.useState(filter.text);
  const timer = React.useRef<ReturnType<typeof setTimeout>>();
  React.useEffect(() => {
    clearTimeout(timer.current);
    setDraft(filter.text);
  }, [filter.text]);
  React.useEffect(() => () => clearTimeout(timer.current), []);
  const apply = (change: Partial<ITextFilter>) => {
    clearTimeout(timer.current);
    onFilter({ ...filter, text: draft, ...change });
  };
  const type = (text: string) => {
    setDraft(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onFilter({ ...filter, text }), PATIENCE);
  };
  const key = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) {
      return; // an input method's own keys
    }
    if (event.key === 'Enter' || event.key === 'F3') {
      apply({});
      props.onMatch(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      apply({});
      props.onLeave();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const why = problem === null ? null : problemWords(problem, trans);
  const toggle = (
    name: 'matchCase' | 'regex' | 'exclude',
    sign: string,
    label: string
  ) => (
    <button
      type="button"
      className="jp-alphamed-Logs-toggle"
      title={label}
      aria-label={label}
      aria-pressed={filter[name]}
      onClick={() => apply({ [name]: !filter[name] })}
    >
      {sign}
    </button>
  );
  return (
    <div
      className={`jp-alphamed-Search jp-alphamed-Logs-box${why === null ? '' : ' jp-mod-problem'}`}
    >
      <SearchIcon />
      <input
        ref={box}
        type="text"
        value={draft}
        placeholder={trans.__('Filter text')}
        aria-label={trans.__('Filter text')}
        aria-invalid={why !== null}
        spellCheck={false}
        autoComplete="off"
        title={why ?? undefined}
        onChange={event => type(event.target.value)}
        onKeyDown={key}
      />
      {toggle('matchCase', 'Aa', trans.__('Match case'))}
      {toggle('regex', '.*', trans.__('Regular expression'))}
      {toggle('exclude', '≠', trans.__('Exclude'))}
      {why !== null && (
        <div className="jp-alphamed-Logs-why" role="status">
          {why}
        </div>
      )}
    </div>
  );
}

function problemWords(
  problem: FilterProblem,
  trans: TranslationBundle
): string {
  switch (problem.kind) {
    case 'invalid':
      return problem.message;
    case 'slow':
      return trans.__('This expression took over 2 s and was ended.');
    case 'unavailable':
      return `${trans.__('This browser cannot try expressions here.')} ${problem.message}`;
  }
}
