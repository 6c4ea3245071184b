/** Icons of this view alone. */

import * as React from 'react';

import { icon } from '../common/icons';

export const SaveIcon = icon(
  'save',
  <path d="M8 10.5V2M4.8 5 8 1.8 11.2 5M2.5 9.5v4.7h11V9.5" />
);
export const ZoomInIcon = icon('zoom-in', <path d="M8 3v10M3 8h10" />);
export const ZoomOutIcon = icon('zoom-out', <path d="M3 8h10" />);
export const FitIcon = icon(
  'fit',
  <path d="M1.8 3v10M14.2 3v10M4.2 8h7.6M6.4 5.8 4.2 8l2.2 2.2M9.6 5.8 11.8 8l-2.2 2.2" />
);
