import type { TranslationBundle } from '@jupyterlab/translation';

const MOST = 9;

/**
 * A translator that leaves placeholders without a value as they are, so that `Phrase` finds them: JupyterLab's own one would write
 * `undefined` in their place.
 */
export function keepPlaces(trans: TranslationBundle): TranslationBundle {
  const padded = (args: readonly unknown[], from = 0): string[] => {
    const all = args.map(String);
    for (let n = all.length + 1 + from; n <= MOST; n++) {
      all.push(`%${n}`);
    }
    return all;
  };
  return {
    __: (id: string, ...args: unknown[]) => trans.__(id, ...padded(args)),
    gettext: (id: string, ...args: unknown[]) =>
      trans.gettext(id, ...padded(args)),
    _n: (single: string, plural: string, n: number, ...args: unknown[]) =>
      trans._n(single, plural, n, ...padded(args, 1)),
    ngettext: (single: string, plural: string, n: number, ...args: unknown[]) =>
      trans.ngettext(single, plural, n, ...padded(args, 1)),
    _p: (context: string, id: string, ...args: unknown[]) =>
      trans._p(context, id, ...padded(args)),
    pgettext: (context: string, id: string, ...args: unknown[]) =>
      trans.pgettext(context, id, ...padded(args)),
    _np: (
      context: string,
      single: string,
      plural: string,
      n: number,
      ...args: unknown[]
    ) => trans._np(context, single, plural, n, ...padded(args, 1)),
    npgettext: (
      context: string,
      single: string,
      plural: string,
      n: number,
      ...args: unknown[]
    ) => trans.npgettext(context, single, plural, n, ...padded(args, 1)),
    dcnpgettext: (
      domain: string,
      context: string,
      single: string,
      plural: string,
      n: number,
      ...args: unknown[]
    ) =>
      trans.dcnpgettext(domain, context, single, plural, n, ...padded(args, 1))
  };
}
