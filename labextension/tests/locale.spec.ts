/** Every text of the panel has its Chinese, and nothing else has. */

import { Gettext } from '@jupyterlab/translation';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import catalogue from '../../alphamed_nb/locale/zh_CN/LC_MESSAGES/alphamed_nb.json';

declare global {
  interface ImportMeta {
    /** Vite's: files by their paths. */
    glob(
      pattern: string,
      options: { query: '?raw'; import: 'default'; eager: true }
    ): Record<string, string>;
  }
}

const SOURCES = import.meta.glob('../src/**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true
});
const SCHEMAS = import.meta.glob('../schema/*.json', {
  query: '?raw',
  import: 'default',
  eager: true
});
/** Between a context and a text. */
const DELIMITER = '\u0004';

interface IText {
  key: string;
  plural: boolean;
  place: string;
}

/** Which argument of a translating function is the context, the text, the plural. */
const FUNCTIONS = new Map<
  string,
  { context?: number; text: number; plural?: number }
>([
  ['__', { text: 0 }],
  ['gettext', { text: 0 }],
  ['_n', { text: 0, plural: 1 }],
  ['ngettext', { text: 0, plural: 1 }],
  ['_p', { context: 0, text: 1 }],
  ['pgettext', { context: 0, text: 1 }],
  ['_np', { context: 0, text: 1, plural: 2 }],
  ['npgettext', { context: 0, text: 1, plural: 2 }]
]);

/** They hand on what others say: other modules, the schema. */
const HANDS_ON = [
  '../src/views/common/keepPlaces.ts',
  '../src/settingTexts.ts'
];

function textsOf([name, content]: [string, string]): {
  texts: IText[];
  unclear: string[];
} {
  const texts: IText[] = [];
  const unclear: string[] = [];
  const source = ts.createSourceFile(
    name,
    content,
    ts.ScriptTarget.ES2020,
    true
  );
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (
      !ts.isCallExpression(node) ||
      !ts.isPropertyAccessExpression(node.expression)
    ) {
      return;
    }
    const wanted = FUNCTIONS.get(node.expression.name.text);
    if (wanted === undefined) {
      return;
    }
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line;
    const place = `${name}:${line + 1}`;
    const literal = (index: number | undefined): string | undefined => {
      const argument = index === undefined ? undefined : node.arguments[index];
      return argument !== undefined && ts.isStringLiteralLike(argument)
        ? argument.text
        : undefined;
    };
    const text = literal(wanted.text);
    const context = literal(wanted.context);
    if (
      text === undefined ||
      (wanted.context !== undefined && context === undefined) ||
      (wanted.plural !== undefined && literal(wanted.plural) === undefined)
    ) {
      unclear.push(place);
      return;
    }
    texts.push({
      key: context === undefined ? text : `${context}${DELIMITER}${text}`,
      plural: wanted.plural !== undefined,
      place
    });
  };
  visit(source);
  return { texts, unclear: HANDS_ON.includes(name) ? [] : unclear };
}

/** As JupyterLab's server translates a schema: titles and descriptions by where they stand. */
function schemaTexts([place, content]: [string, string]): IText[] {
  const walk = (value: unknown, context: string): IText[] => {
    if (Array.isArray(value)) {
      return value.flatMap(item => walk(item, context));
    }
    if (typeof value !== 'object' || value === null) {
      return [];
    }
    return Object.entries(value).flatMap(([name, item]) => {
      const said =
        name === 'title' ||
        name === 'description' ||
        name === 'label' ||
        name === 'jupyter.lab.setting-icon-label';
      if (said && typeof item === 'string') {
        const where =
          name === 'jupyter.lab.setting-icon-label' ? 'settings' : context;
        return [{ key: `${where}${DELIMITER}${item}`, plural: false, place }];
      }
      return walk(item, name === 'properties' ? 'settings' : context);
    });
  };
  return walk(JSON.parse(content), 'schema');
}

const sources = Object.entries(SOURCES).map(textsOf);
const texts = [
  ...sources.flatMap(source => source.texts),
  ...Object.entries(SCHEMAS).flatMap(schemaTexts)
];
const { '': header, ...others } = catalogue as unknown as Record<
  string,
  string[] | Record<string, string>
>;
const entries = others as Record<string, string[] | undefined>;
const translated = Object.entries(others) as [string, string[]][];

const placesIn = (text: string): string[] =>
  [...new Set(text.match(/%\d+/g) ?? [])].sort();

describe('the Chinese catalogue', () => {
  it('has the header without which JupyterLab translates nothing', () => {
    expect(header).toEqual({
      domain: 'alphamed_nb',
      language: 'zh-CN',
      plural_forms: 'nplurals=1; plural=0;'
    });
  });

  it('can be made: texts are literals', () => {
    expect(sources.flatMap(source => source.unclear)).toEqual([]);
  });

  it('has every text of the panel and of its settings', () => {
    const missing = texts
      .filter(({ key }) => entries[key] === undefined)
      .map(({ key, place }) => `${place} ${JSON.stringify(key)}`);
    expect(missing).toEqual([]);
  });

  it('has no text that nobody says', () => {
    const said = new Set(texts.map(({ key }) => key));
    expect(Object.keys(entries).filter(key => !said.has(key))).toEqual([]);
  });

  it('has two forms of what is counted, since JupyterLab takes a single one for no plural, and one of all else', () => {
    const plural = new Map(texts.map(text => [text.key, text.plural]));
    for (const { key, plural: counted, place } of texts) {
      expect(plural.get(key), `${place}: both counted and not`).toBe(counted);
    }
    const wrong = translated
      .filter(([key, values]) => values.length !== (plural.get(key) ? 2 : 1))
      .map(([key]) => key);
    expect(wrong).toEqual([]);
  });

  it('keeps the places of what is filled in', () => {
    const wrong = translated.filter(([key, values]) =>
      values.some(value => {
        const wanted = placesIn(key);
        // What is counted may say its number in one form only.
        return values.length === 1
          ? placesIn(value).join() !== wanted.join()
          : placesIn(value).some(place => !['%1', ...wanted].includes(place));
      })
    );
    expect(wrong).toEqual([]);
  });

  it('is Chinese: no empty text, no half-width sign behind a Chinese one', () => {
    const wrong = translated.filter(([, values]) =>
      values.some(
        value => value.trim() === '' || /[\u4e00-\u9fff][,;:!?.]/.test(value)
      )
    );
    expect(wrong).toEqual([]);
  });

  it('is what JupyterLab shows', () => {
    const trans = new Gettext({ domain: 'alphamed_nb', locale: 'zh-CN' });
    // As its translation manager reads a catalogue.
    const { plural_forms: pluralForms, ...about } = catalogue[''];
    trans.loadJSON(
      { ...catalogue, '': { ...about, pluralForms } } as never,
      'alphamed_nb'
    );
    expect(trans.__('No round yet')).toBe('还没有轮次');
    expect(trans._n('%1 error', '%1 errors', 1)).toBe('1 个错误');
    expect(trans._n('%1 error', '%1 errors', 2)).toBe('2 个错误');
    expect(trans._p('doing', 'training')).toBe('训练');
  });
});
