/** Paths as nodes report them, and paths as the server's contents know them. Pure. */

/** A directory that people's homes are known to lie in, and the rest of the path. */
const HOME =
  /^(?:\/root|\/home\/[^/]+|\/Users\/[^/]+|[A-Za-z]:\/Users\/[^/]+)(?=\/|$)/;

/**
 * Where a file may lie below the server's root, the likeliest first; none: outside of it.
 *
 * The root as a page knows it may be shortened (`~/work`), and a page does not know whose home that is: so these are guesses, to be
 * tried.
 */
export function contentsPaths(path: string, root: string): string[] {
  const clean = path.replace(/\\/g, '/');
  if (!isAbsolute(clean)) {
    const inside = normalise(clean);
    return inside === null ? [] : [inside];
  }
  const base = root.replace(/\\/g, '/').replace(/\/+$/, '');
  if (!base.startsWith('~')) {
    return below(clean, base);
  }
  const tail = base.slice(1);
  const home = HOME.exec(clean);
  if (home !== null) {
    return below(clean, home[0] + tail);
  }
  if (tail === '') {
    return [];
  }
  // A home somewhere else: each place where the root's name occurs.
  const found: string[] = [];
  for (
    let place = clean.indexOf(`${tail}/`);
    place >= 0;
    place = clean.indexOf(`${tail}/`, place + 1)
  ) {
    found.push(...below(clean, clean.slice(0, place) + tail));
  }
  return found;
}

export function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:\//.test(path);
}

/** For a POSIX shell. A leading `~/` stays outside of the quotes, or it would mean nothing. */
export function shellQuote(path: string): string {
  if (path.startsWith('~/')) {
    return `~/${shellQuote(path.slice(2))}`;
  }
  return /^[\w@%+=:,./-]+$/.test(path)
    ? path
    : `'${path.replace(/'/g, "'\\''")}'`;
}

const SHORT = 48; // characters

/** The end of a long path, which says most: a notification has room for 140 characters. */
export function shortPath(path: string): string {
  let short = path;
  while (short.length > SHORT && short.includes('/', 1)) {
    short = short.slice(short.indexOf('/', 1));
  }
  return short === path ? path : `…${short}`;
}

function below(path: string, base: string): string[] {
  if (!path.startsWith(`${base}/`)) {
    return [];
  }
  const inside = normalise(path.slice(base.length + 1));
  return inside === null ? [] : [inside];
}

/** Without `.` and `..`; null: it leads out. */
function normalise(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) {
        return null;
      }
    } else if (part !== '' && part !== '.') {
      parts.push(part);
    }
  }
  return parts.join('/');
}
