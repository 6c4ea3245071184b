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

/** What was saved, as far as it can be. */
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
