/** The small pictures of arrows, as the legend of the toolbar shows them. */

import * as React from 'react';

export function ControlGlyph(): JSX.Element {
  return (
    <svg width="14" height="10" viewBox="0 0 14 10" aria-hidden="true">
      <path d="M1 5H10" stroke="currentColor" strokeWidth="1.6" />
      <path d="M8 1.5 13.5 5 8 8.5z" fill="currentColor" />
    </svg>
  );
}

export function StreamGlyph(): JSX.Element {
  return (
    <svg
      className="jp-alphamed-Messages-band"
      width="15"
      height="12"
      viewBox="0 0 15 12"
      aria-hidden="true"
    >
      <path d="M1 3.5H8V1L14 6 8 11V8.5H1z" />
    </svg>
  );
}

export function HandshakeGlyph(): JSX.Element {
  return (
    <svg width="14" height="10" viewBox="0 0 14 10" aria-hidden="true">
      <path
        d="M1.5 5H13"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeDasharray="2 2.6"
      />
    </svg>
  );
}
