import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Clause, ISentence, SentenceAction } from '../../model/sentence';
import type { Opened } from '../../tokens';
import type { INames } from './hooks';
import { OpenIcon, PlugIcon, WarningIcon } from './icons';
import { openWord } from './openError';
import { ClauseText } from './sentenceText';
import { StateIcon } from './StateIcon';

export interface ISentenceBarProps {
  sentence: ISentence;
  names: INames;
  now: number;
  trans: TranslationBundle;
  onAction: (action: SentenceAction) => void;
  /** What `open cell` opens: a record may know no cell. Null: nothing, so that its traceback is shown. */
  opens?: Opened | null;
}

/** The one sentence, with at most one action. */
export function SentenceBar(props: ISentenceBarProps): JSX.Element {
  const { sentence, names, now, trans, onAction } = props;
  const text = React.useRef<HTMLSpanElement>(null);
  const [full, setFull] = React.useState('');
  const { action, clauses, icon, tone } = sentence;
  return (
    <div
      className={`jp-alphamed-Sentence jp-mod-${tone}`}
      data-kind={clauses[0]?.kind}
    >
      <Icon icon={icon} warned={tone === 'warning'} />
      <span
        ref={text}
        className="jp-alphamed-Sentence-text"
        title={full}
        onMouseEnter={() => setFull(text.current?.textContent ?? '')}
      >
        {clauses.map((clause, index) => (
          <React.Fragment key={index}>
            {index > 0 ? gapAfter(clauses[index - 1]) : null}
            <ClauseText clause={clause} names={names} now={now} trans={trans} />
          </React.Fragment>
        ))}
      </span>
      {action === null ? null : (
        <button
          type="button"
          className="jp-alphamed-Button"
          onClick={() => onAction(action)}
        >
          {action.kind === 'open cell' && props.opens !== null ? (
            <OpenIcon size={12} />
          ) : null}
          {actionWord(trans, action, props.opens)}
        </button>
      )}
      <Announcer kind={sentence.kind} text={text} />
    </div>
  );
}

/** An error's own text does not end as a sentence does. */
function gapAfter(clause: Clause | undefined): string {
  return clause?.kind === 'failed' ? ' · ' : ' ';
}

function Icon(props: {
  icon: ISentence['icon'];
  warned: boolean;
}): JSX.Element {
  switch (props.icon) {
    case 'plug':
      return <PlugIcon />;
    case 'refused':
      return <WarningIcon />;
    default:
      return <StateIcon state={props.icon} long={props.warned} />;
  }
}

function actionWord(
  trans: TranslationBundle,
  action: SentenceAction,
  opens: Opened | null = 'cell'
): string {
  switch (action.kind) {
    case 'open cell':
      return opens === null
        ? trans.__('Show traceback')
        : openWord(trans, opens);
    case 'show traceback':
      return trans.__('Show traceback');
    case 'how to start':
      return trans.__('How to start it');
    case 'retry':
      return trans.__('Try now');
    case 'reload':
      return trans.__('Reload the page');
  }
}

/** Tells screen readers when the sentence changes its kind, at most once a second: ages and counts are no news. */
function Announcer(props: {
  kind: string;
  text: React.RefObject<HTMLElement>;
}): JSX.Element {
  const { kind, text } = props;
  const [said, setSaid] = React.useState('');
  const first = React.useRef(kind);
  const last = React.useRef(0);
  React.useEffect(() => {
    // What it says when the view opens is read with the view.
    if (first.current === kind) {
      return;
    }
    first.current = '';
    const wait = Math.max(0, last.current + 1000 - performance.now());
    const timer = setTimeout(() => {
      last.current = performance.now();
      setSaid(text.current?.textContent ?? '');
    }, wait);
    return () => clearTimeout(timer);
  }, [kind, text]);
  return (
    <span className="jp-alphamed-hidden" role="status" aria-live="polite">
      {said}
    </span>
  );
}
