/**
 * Terminal text as spans of one look each. Colours and weights (SGR sequences) are applied; every other control
 * sequence is shown escaped, so that no text can move a cursor, hide itself or turn its reading direction.
 */

import Anser from 'anser';

import { hidesSomething, safeText } from './escaped';

export interface ISpan {
  text: string;
  /** Class names without prefix: `red`, `bright-red`, `bg-red`, `bold`, `dim`, `italic`, `underline`, `strike`. */
  looks: readonly string[];
  /** A colour of the 256 or of all, as three numbers of 0 to 255; null: none. */
  colour: string | null;
  background: string | null;
}

const ESC = '\u001b';
const SGR = /\u001b\[[0-9;:]*m/g;

/** A text without colours, other control sequences escaped. */
export function plain(text: string): string {
  return hidesSomething(text) ? safeText(text.replace(SGR, '')) : text;
}

/** The spans of a text, in order; their texts together are `plain(text)`. */
export function parseAnsi(text: string): ISpan[] {
  if (text === '') {
    return [];
  }
  if (!hidesSomething(text)) {
    return [bare(text)];
  }
  if (!text.includes(`${ESC}[`)) {
    return [bare(safeText(text))];
  }
  return Anser.ansiToJson(safe(text), { use_classes: true, remove_empty: true })
    .filter(entry => entry.content !== '')
    .map(entry => ({
      text: entry.content,
      looks: looksOf(entry),
      colour: triple(entry.fg, entry.fg_truecolor),
      background: triple(entry.bg, entry.bg_truecolor)
    }));
}

function bare(text: string): ISpan {
  return { text, looks: [], colour: null, background: null };
}

/** Everything but SGR sequences escaped. */
function safe(text: string): string {
  let result = '';
  let from = 0;
  for (const match of text.matchAll(SGR)) {
    const at = match.index ?? 0;
    result += safeText(text.slice(from, at)) + match[0].replace(/:/g, ';');
    from = at + match[0].length;
  }
  return result + safeText(text.slice(from));
}

const DECORATIONS: Readonly<Record<string, string>> = {
  bold: 'bold',
  dim: 'dim',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'strike',
  reverse: 'reverse'
};

function looksOf(entry: Anser.AnserJsonEntry): string[] {
  const looks: string[] = [];
  const foreground = named(entry.fg);
  if (foreground !== null) {
    looks.push(foreground);
  }
  const background = named(entry.bg);
  if (background !== null) {
    looks.push(`bg-${background}`);
  }
  for (const decoration of entry.decorations) {
    const look = DECORATIONS[decoration];
    if (look !== undefined) {
      looks.push(look);
    }
  }
  return looks;
}

/** `red` of `ansi-red`; null for none, and for a colour that has no name. */
function named(colour: string | null): string | null {
  const match =
    /^ansi-((?:bright-)?(?:black|red|green|yellow|blue|magenta|cyan|white))$/.exec(
      colour ?? ''
    );
  return match?.[1] ?? null;
}

/** `r, g, b` of a colour without a name. Checked: it becomes part of a style. */
function triple(
  colour: string | null,
  truecolour: string | null
): string | null {
  if (colour === 'ansi-truecolor') {
    return /^\d{1,3}, \d{1,3}, \d{1,3}$/.test(truecolour ?? '')
      ? truecolour
      : null;
  }
  const match = /^ansi-palette-(\d{1,3})$/.exec(colour ?? '');
  return match === null ? null : paletteColour(Number(match[1]));
}

const STEPS = [0, 95, 135, 175, 215, 255];

/** Of xterm's 256 colours those from 16 on: a cube of 6 x 6 x 6, then 24 greys. */
function paletteColour(index: number): string | null {
  if (index < 16 || index > 255) {
    return null;
  }
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `${grey}, ${grey}, ${grey}`;
  }
  const cube = index - 16;
  return [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6]
    .map(step => STEPS[step] ?? 0)
    .join(', ');
}
