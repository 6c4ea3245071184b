/** Icons of this view alone. */

import * as React from 'react';

function icon(path: string): () => JSX.Element {
  return function Icon(): JSX.Element {
    return (
      <svg
        className="jp-alphamed-Icon"
        width={14}
        height={14}
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        <path d={path} />
      </svg>
    );
  };
}

export const SaveIcon = icon('M8 10.5V2M4.8 5 8 1.8 11.2 5M2.5 9.5v4.7h11V9.5');
export const ZoomInIcon = icon('M8 3v10M3 8h10');
export const ZoomOutIcon = icon('M3 8h10');
export const FitIcon = icon(
  'M1.8 3v10M14.2 3v10M4.2 8h7.6M6.4 5.8 4.2 8l2.2 2.2M9.6 5.8 11.8 8l-2.2 2.2'
);
