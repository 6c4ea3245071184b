import * as React from 'react';
import type { StateName } from '../../model/activities';

export interface IStateIconProps {
  state: StateName;
  /** A wait that is worth a look. */
  long?: boolean;
  size?: number;
}

/** The shape of a state. The colour comes from the class; the word stands beside it. */
export function StateIcon(props: IStateIconProps): JSX.Element {
  const { state, long = false, size = 14 } = props;
  const long_ = long ? ' jp-mod-long' : '';
  return (
    <svg
      className={`jp-alphamed-StateIcon${long_}`}
      data-state={state}
      width={size}
      height={size}
      viewBox="0 0 14 14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[state]}
    </svg>
  );
}

const on = 'var(--alphamed-on-shape)';

const SHAPES: Readonly<Record<StateName, JSX.Element>> = {
  'not up': (
    <circle
      cx="7"
      cy="7"
      r="5.2"
      strokeDasharray="2.1 1.98"
      strokeLinecap="butt"
    />
  ),
  starting: (
    <>
      <circle cx="7" cy="7" r="5.2" opacity="0.45" strokeWidth="1.2" />
      <path d="M7 1.8A5.2 5.2 0 0 1 12.2 7" strokeWidth="2" />
    </>
  ),
  waiting: (
    <>
      <circle cx="7" cy="7" r="5.4" />
      <path d="M7 3.9V7.1L9.2 8.4" strokeWidth="1.4" />
    </>
  ),
  receiving: <path d="M7 1.6v7.2M4 6.2l3 3 3-3M2.4 12.2h9.2" />,
  sending: <path d="M7 12.4V5.2M4 7.8l3-3 3 3M2.4 1.8h9.2" />,
  training: <circle cx="7" cy="7" r="6" fill="currentColor" stroke="none" />,
  custom: <circle cx="7" cy="7" r="5.2" strokeWidth="2" />,
  aggregating: (
    <path d="M1.6 3.2 6 7 1.6 10.8M6 7H12.4M9.8 4.9 12.4 7 9.8 9.1" />
  ),
  testing: (
    <path
      d="M5 1.6h4M5.6 1.8v3.8L2.4 11.2c-.4.7 0 1.3.8 1.3h7.6c.8 0 1.2-.6.8-1.3L8.4 5.6V1.8M4 8.8h6"
      strokeWidth="1.4"
    />
  ),
  finished: (
    <>
      <circle cx="7" cy="7" r="6.2" fill="currentColor" stroke="none" />
      <path d="M4.2 7.2 6.2 9.1 9.8 5.2" stroke={on} />
    </>
  ),
  failed: (
    <>
      <path
        d="M4.4.8h5.2l3.6 3.6v5.2l-3.6 3.6H4.4L.8 9.6V4.4z"
        fill="currentColor"
        stroke="none"
      />
      <path d="M4.9 4.9 9.1 9.1M9.1 4.9 4.9 9.1" stroke={on} />
    </>
  ),
  'left out': (
    <>
      <circle cx="7" cy="7" r="5.4" />
      <path d="M3.4 10.6 10.6 3.4" />
    </>
  ),
  stopped: (
    <rect
      x="2"
      y="2"
      width="10"
      height="10"
      rx="1"
      fill="currentColor"
      stroke="none"
    />
  ),
  gone: (
    <path
      d="M6 4.2 7.4 2.8a2.6 2.6 0 0 1 3.7 3.7L9.8 7.8M8 9.8 6.6 11.2a2.6 2.6 0 0 1-3.7-3.7L4.2 6.2M2.2 2.2 11.8 11.8"
      strokeWidth="1.4"
    />
  )
};
