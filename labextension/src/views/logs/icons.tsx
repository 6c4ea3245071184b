/** The drawings that only the Logs view has; they take the colour of the text around them. */

import * as React from 'react';

function drawing(path: string): () => JSX.Element {
  return function Drawing() {
    return (
      <svg
        className="jp-alphamed-Icon"
        viewBox="0 0 16 16"
        width={14}
        height={14}
        aria-hidden="true"
        focusable="false"
        fill="none"
        stroke="currentColor"
        strokeWidth={1.6}
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d={path} />
      </svg>
    );
  };
}

export const FollowIcon = drawing(
  'M8 1.8v8.4M4.4 6.8L8 10.4l3.6-3.6M2.8 14h10.4'
);
export const ClearIcon = drawing(
  'M13.8 8A5.8 5.8 0 1 1 2.2 8a5.8 5.8 0 0 1 11.6 0zM4 12l8-8'
);
export const ExportIcon = drawing(
  'M8 10.4V2M4.8 5L8 1.8 11.2 5M4.6 7.4H2.4v6.4h11.2V7.4h-2.2'
);
