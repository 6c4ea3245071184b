import * as React from 'react';

export interface IPhraseProps {
  /** A translated text with the placeholders `%1`, `%2`, ... */
  text: string;
  /** What stands in their places. */
  parts: readonly React.ReactNode[];
}

/** A sentence with marked-up parts, in whatever order its language wants them. */
export function Phrase({ text, parts }: IPhraseProps): JSX.Element {
  return (
    <>
      {text.split(/(%\d+)/).map((piece, index) => {
        const place = /^%(\d+)$/.exec(piece);
        const part = place === null ? piece : parts[Number(place[1]) - 1];
        return <React.Fragment key={index}>{part}</React.Fragment>;
      })}
    </>
  );
}
