/** The drawings that only the Logs view has. */

import * as React from 'react';

import { icon } from '../common/icons';

export const FollowIcon = icon(
  'follow',
  <path d="M8 1.8v8.4M4.4 6.8L8 10.4l3.6-3.6M2.8 14h10.4" />
);
export const ClearIcon = icon(
  'clear',
  <path d="M13.8 8A5.8 5.8 0 1 1 2.2 8a5.8 5.8 0 0 1 11.6 0zM4 12l8-8" />
);
export const ExportIcon = icon(
  'export',
  <path d="M8 10.4V2M4.8 5L8 1.8 11.2 5M4.6 7.4H2.4v6.4h11.2V7.4h-2.2" />
);
