/** Small icons, drawn in the colour of the text around them. */

import * as React from 'react';

export interface IIconProps {
  size?: number;
}

/** Makes an icon of a shape in a square of 16. */
export function icon(
  name: string,
  shape: JSX.Element,
  filled = false
): (props: IIconProps) => JSX.Element {
  function Icon({ size = 14 }: IIconProps): JSX.Element {
    return (
      <svg
        className="jp-alphamed-Icon"
        data-icon={name}
        width={size}
        height={size}
        viewBox="0 0 16 16"
        fill={filled ? 'currentColor' : 'none'}
        stroke={filled ? 'none' : 'currentColor'}
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {shape}
      </svg>
    );
  }
  return Icon;
}

export const CloseIcon = icon('close', <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />);
export const ChevronDownIcon = icon('chevron-down', <path d="M4 6l4 4 4-4" />);
export const ChevronUpIcon = icon('chevron-up', <path d="M4 10l4-4 4 4" />);
export const ChevronRightIcon = icon(
  'chevron-right',
  <path d="M6 4l4 4-4 4" />
);
export const CheckIcon = icon('check', <path d="M3 8.5l3.2 3.2L13 4.8" />);
export const SearchIcon = icon(
  'search',
  <path d="M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM10 10l4 4" />
);
export const OpenIcon = icon(
  'open',
  <path d="M6.5 3H3v10h10V9.5M9 2.5h4.5V7M13.5 2.5L7.5 8.5" />
);
export const CopyIcon = icon(
  'copy',
  <path d="M5.5 5.5h7v8h-7zM3.5 10.5v-8h7" />
);
export const WarningIcon = icon(
  'warning',
  <path d="M8 2L1.5 13.5h13zM8 6.5v3.2M8 11.6v.1" />
);
export const PinIcon = icon(
  'pin',
  <path d="M5.2 2h5.6M6 2v5L4 9.5h8L10 7V2M8 9.5V14" />
);
export const PlugIcon = icon(
  'plug',
  <path d="M5.5 1.8v3.4M10.5 1.8v3.4M3.6 5.4h8.8v2.2a4.4 4.4 0 0 1-8.8 0zM8 12v2.4" />
);
export const DownIcon = icon('down', <path d="M8 2.5v10M4 8.8l4 4 4-4" />);
export const HistoryIcon = icon(
  'history',
  <path d="M2.6 8a5.4 5.4 0 1 0 1.7-3.9L2.6 5.6M2.6 2.4v3.2h3.2M8 5v3.2l2.2 1.4" />
);
export const MoreIcon = icon(
  'more',
  <path d="M3 6.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8zM8 6.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8zM13 6.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8z" />,
  true
);
/** Three nodes around a hub. */
export const FederationIcon = icon(
  'federation',
  <>
    <path
      d="M8 3v5M8 8l-4.6 4.2M8 8l4.6 4.2"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
    />
    <circle cx="8" cy="2.8" r="2" />
    <circle cx="8" cy="8.2" r="2.4" />
    <circle cx="3" cy="12.6" r="2" />
    <circle cx="13" cy="12.6" r="2" />
  </>,
  true
);
