/**
 * The titles and descriptions of schema/plugin.json in the user's language, and the views of which one comes first.
 *
 * JupyterLab's server translates schemas from the catalogues of language packs alone, and ours is none; the texts are in our
 * catalogue under the contexts that it would look for.
 */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { JSONExt } from '@lumino/coreutils';
import { VIEWS } from './views';

const ICON_LABEL = 'jupyter.lab.setting-icon-label';

/** A copy of the schema with translated texts and the choice of views. */
export function translated(
  schema: ISettingRegistry.ISchema,
  trans: TranslationBundle
): ISettingRegistry.ISchema {
  const copy = JSONExt.deepCopy(schema) as ISettingRegistry.ISchema;
  translateTexts(copy, 'schema', trans);
  const label = copy[ICON_LABEL];
  if (typeof label === 'string') {
    copy[ICON_LABEL] = trans._p('settings', label);
  }
  for (const property of Object.values(copy.properties ?? {})) {
    translateTexts(property, 'settings', trans);
  }
  Object.assign(copy.properties?.['defaultView'] ?? {}, {
    oneOf: VIEWS.map(view => ({ const: view.name, title: view.word(trans) }))
  });
  return copy;
}

interface ITexts {
  title?: unknown;
  description?: unknown;
}

function translateTexts(
  texts: ITexts,
  context: string,
  trans: TranslationBundle
): void {
  if (typeof texts.title === 'string') {
    texts.title = trans._p(context, texts.title);
  }
  if (typeof texts.description === 'string') {
    texts.description = trans._p(context, texts.description);
  }
}
