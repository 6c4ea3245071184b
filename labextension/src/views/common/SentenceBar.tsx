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
      <Announcer sentence={sentence} text={text} trans={trans} />
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

/**
 * Tells screen readers of trouble that is new, and that it is over, at most once a second: who trains now, ages and counts are
 * no news. It is the one live region of a view.
 */
function Announcer(props: {
  sentence: ISentence;
  text: React.RefObject<HTMLElement>;
  trans: TranslationBundle;
}): JSX.Element {
  const { sentence, text, trans } = props;
  const news = sentence.tone === 'plain' ? 'plain' : sentence.kind;
  const lost = sentence.clauses[0]?.kind === 'lost';
  const [said, setSaid] = React.useState('');
  // What it says when the view opens is read with the view.
  const told = React.useRef({ news, lost, at: -Infinity });
  React.useEffect(() => {
    const before = told.current;
    if (before.news === news) {
      return;
    }
    const wait = Math.max(0, before.at + LEAST_GAP - performance.now());
    const timer = setTimeout(() => {
      told.current = { news, lost, at: performance.now() };
      const words = text.current?.textContent ?? '';
      setSaid(
        before.lost && !lost ? trans.__('The hub is back. %1', words) : words
      );
    }, wait);
    return () => clearTimeout(timer);
  }, [news, lost, text, trans]);
  return (
    <span className="jp-alphamed-hidden" role="status" aria-live="polite">
      {said}
    </span>
  );
}

/** Milliseconds from one announcement to the next. */
const LEAST_GAP = 1000;
