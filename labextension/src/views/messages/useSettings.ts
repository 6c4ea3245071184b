import * as React from 'react';
import type { IRunModel } from '../../tokens';

/** What a reload keeps. */
export interface ISettings {
  control: boolean;
  streams: boolean;
  handshake: boolean;
  /** Only what is not read. */
  unread: boolean;
  /** Event types that are filtered out. */
  hiddenTypes: readonly string[];
  by: 'events' | 'time';
  /** A factor of the heights of rows. */
  eventsZoom: number;
  /** px a second; 0: whatever suits. */
  timeZoom: number;
  table: boolean;
}

export const DEFAULTS: ISettings = {
  control: true,
  streams: true,
  handshake: false,
  unread: false,
  hiddenTypes: [],
  by: 'events',
  eventsZoom: 1,
  timeZoom: 0,
  table: false
};

const NAME = 'messages';

/** The settings of the view, and a function that changes some of them. */
export function useSettings(
  model: IRunModel
): [ISettings, (change: Partial<ISettings>) => void] {
  const saved = model.saved[NAME];
  const settings = React.useMemo(() => settingsFrom(saved), [saved]);
  const change = React.useCallback(
    (parts: Partial<ISettings>) =>
      model.save(NAME, { ...settingsFrom(model.saved[NAME]), ...parts }),
    [model]
  );
  return [settings, change];
}

/** What was saved may come from another release, or from anywhere. */
export function settingsFrom(saved: unknown): ISettings {
  if (typeof saved !== 'object' || saved === null) {
    return DEFAULTS;
  }
  const given = saved as Partial<Record<keyof ISettings, unknown>>;
  const flag = (
    name: 'control' | 'streams' | 'handshake' | 'unread' | 'table'
  ): boolean => {
    const value = given[name];
    return typeof value === 'boolean' ? value : DEFAULTS[name];
  };
  const number = (name: 'eventsZoom' | 'timeZoom'): number => {
    const value = given[name];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0
      ? value
      : DEFAULTS[name];
  };
  const { hiddenTypes } = given;
  return {
    control: flag('control'),
    streams: flag('streams'),
    handshake: flag('handshake'),
    unread: flag('unread'),
    hiddenTypes: Array.isArray(hiddenTypes)
      ? hiddenTypes.filter((type): type is string => typeof type === 'string')
      : [],
    by: given.by === 'time' ? 'time' : 'events',
    eventsZoom: Math.min(Math.max(number('eventsZoom') || 1, 0.64), 2),
    timeZoom: number('timeZoom'),
    table: flag('table')
  };
}
