/** What users may set: schema/plugin.json. Read by whoever needs it, kept up to date by the plugin. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';

export interface ISettings {
  notifyEnd: boolean;
  notifyFailure: boolean;
  defaultView: string;
  /** Log records that a view holds; those further away are asked for again. */
  maxRows: number;
  hintSeen: boolean;
}

/** The settings as they are now. */
export const settings: ISettings = {
  notifyEnd: true,
  notifyFailure: true,
  defaultView: 'logs',
  maxRows: 50_000,
  // Until it is known: better no hint than one that somebody has put away.
  hintSeen: true
};

/** Keep `settings` equal to the registry's. */
export function follow(registered: ISettingRegistry.ISettings): void {
  const read = (): void => {
    const { composite } = registered;
    settings.notifyEnd = composite['notifyEnd'] !== false;
    settings.notifyFailure = composite['notifyFailure'] !== false;
    settings.defaultView = String(composite['defaultView'] ?? 'logs');
    const rows = Number(composite['maxRows']);
    settings.maxRows = rows >= 1000 ? rows : 50_000;
    settings.hintSeen = composite['hintSeen'] === true;
  };
  read();
  registered.changed.connect(read);
}
