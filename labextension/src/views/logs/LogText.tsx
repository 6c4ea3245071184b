/** Text of a record: terminal colours and marked matches, and never anything but text. */

import * as React from 'react';

import { parseAnsi, plain, type ISpan } from '../../model/ansi';

export interface ILogTextProps {
  text: string;
  /** What to mark, as begin and end in the plain text, in order. */
  marks?: readonly (readonly [number, number])[];
}

export const LogText = React.memo(function LogText(
  props: ILogTextProps
): JSX.Element {
  const { text, marks } = props;
  const spans = parseAnsi(text);
  const only = spans[0];
  if (
    (marks === undefined || marks.length === 0) &&
    (only === undefined || (spans.length === 1 && isBare(only)))
  ) {
    return <>{plain(text)}</>;
  }
  let begin = 0;
  return (
    <>
      {spans.map((span, index) => {
        const shown = (
          <Span key={index} span={span} begin={begin} marks={marks ?? []} />
        );
        begin += span.text.length;
        return shown;
      })}
    </>
  );
});

function isBare(span: ISpan): boolean {
  return (
    span.looks.length === 0 && span.colour === null && span.background === null
  );
}

function Span(props: {
  span: ISpan;
  begin: number;
  marks: readonly (readonly [number, number])[];
}): JSX.Element {
  const { span, begin, marks } = props;
  const pieces: React.ReactNode[] = [];
  let from = 0;
  for (const [first, last] of marks) {
    const low = Math.max(first - begin, from);
    const high = Math.min(last - begin, span.text.length);
    if (low < high) {
      pieces.push(span.text.slice(from, low));
      pieces.push(<mark key={low}>{span.text.slice(low, high)}</mark>);
      from = high;
    }
  }
  pieces.push(span.text.slice(from));
  if (isBare(span)) {
    return <>{pieces}</>;
  }
  return (
    <span
      className={span.looks.map(look => `jp-alphamed-ansi-${look}`).join(' ')}
      style={styleOf(span)}
    >
      {pieces}
    </span>
  );
}

const NAMED =
  /^(bg-)?(?:bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/;

function styleOf(span: ISpan): React.CSSProperties {
  const style: Record<string, string> = {};
  for (const look of span.looks) {
    const [named, ground, name] = NAMED.exec(look) ?? [];
    if (named !== undefined) {
      style[`--alphamed-ansi-${ground === undefined ? 'ink' : 'ground'}`] =
        `var(--alphamed-ansi-${name})`;
    }
  }
  if (span.colour !== null) {
    style['color'] = `rgb(${span.colour})`;
  }
  if (span.background !== null) {
    style['backgroundColor'] = `rgb(${span.background})`;
  }
  return style;
}
