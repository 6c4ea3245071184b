/** No module imports itself, over however many others; a type's import counts. */

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SOURCES = import.meta.glob('../src/**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true
});

/** What each file imports of the others, by path. */
function importsOf(
  sources: Readonly<Record<string, string>>
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [path, content] of Object.entries(sources)) {
    const names = ts
      .preProcessFile(content)
      .importedFiles.map(({ fileName }) => fileName)
      .filter(name => name.startsWith('.'));
    const files = names.map(name => {
      const { pathname } = new URL(name, `file:///${path}`);
      const base = `../${pathname.slice(1)}`;
      return ['.ts', '.tsx', '/index.ts', '/index.tsx']
        .map(end => base + end)
        .find(file => file in sources);
    });
    expect(files, path).not.toContain(undefined);
    found.set(path, files as string[]);
  }
  return found;
}

/** One circle, from a file back to itself; empty: there is none. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const search = (file: string, path: readonly string[]): string[] => {
    const place = path.indexOf(file);
    if (place >= 0) {
      return [...path.slice(place), file];
    }
    if (done.has(file)) {
      return [];
    }
    for (const next of imports.get(file) ?? []) {
      const circle = search(next, [...path, file]);
      if (circle.length > 0) {
        return circle;
      }
    }
    done.add(file);
    return [];
  };
  for (const file of imports.keys()) {
    const circle = search(file, []);
    if (circle.length > 0) {
      return circle;
    }
  }
  return [];
}

describe('imports', () => {
  it('go one way', () => {
    const imports = importsOf(SOURCES);
    expect(imports.size).toBeGreaterThan(200);
    expect(circleIn(imports)).toEqual([]);
  });

  it('that go in a circle are found, those of types too', () => {
    const planted = {
      '../src/model/a.ts': "import { b } from '../views';",
      '../src/views/index.ts': "export { c } from './c';",
      '../src/views/c.tsx': "import type { A } from '../model/a';"
    };
    expect(circleIn(importsOf(planted))).toEqual([
      '../src/model/a.ts',
      '../src/views/index.ts',
      '../src/views/c.tsx',
      '../src/model/a.ts'
    ]);
  });
});
