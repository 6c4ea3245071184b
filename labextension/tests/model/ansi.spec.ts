import { describe, expect, it } from 'vitest';

import { parseAnsi, plain } from '../../src/model/ansi';

const joined = (text: string) =>
  parseAnsi(text)
    .map(span => span.text)
    .join('');

describe('ansi', () => {
  it('leaves plain text as one span', () => {
    expect(parseAnsi('Loss: 0.5\n  next')).toEqual([
      { text: 'Loss: 0.5\n  next', looks: [], colour: null, background: null }
    ]);
    expect(parseAnsi('')).toEqual([]);
  });

  it('applies colours and weights', () => {
    const spans = parseAnsi('a\u001b[1;31mred\u001b[0m b\u001b[92;44mx');
    expect(spans.map(span => [span.text, span.looks])).toEqual([
      ['a', []],
      ['red', ['red', 'bold']],
      [' b', []],
      ['x', ['bright-green', 'bg-blue']]
    ]);
  });

  it('knows the 256 colours and all others', () => {
    expect(parseAnsi('\u001b[38;5;208mx')[0]?.colour).toBe('255, 135, 0');
    expect(parseAnsi('\u001b[38;5;244mx')[0]?.colour).toBe('128, 128, 128');
    expect(parseAnsi('\u001b[38;2;1;2;3mx')[0]?.colour).toBe('1, 2, 3');
    expect(parseAnsi('\u001b[48;2;1;2;3mx')[0]?.background).toBe('1, 2, 3');
  });

  it('never lets a style in through a colour', () => {
    for (const payload of [
      '\u001b[38;2;1;2;999999mx',
      '\u001b[38;2;1;2;url(http://x)mx',
      '\u001b[38;5;999mx'
    ]) {
      for (const span of parseAnsi(payload)) {
        expect(span.colour ?? '0, 0, 0').toMatch(/^\d{1,3}, \d{1,3}, \d{1,3}$/);
      }
    }
  });

  it.each([
    ['cursor', '\u001b[2Jgone', '\\x1b[2Jgone'],
    ['title', '\u001b]0;title\u0007x', '\\x1b]0;title\\x07x'],
    ['link', '\u001b]8;;http://x\u001b\\y', '\\x1b]8;;http://x\\x1b\\y'],
    ['backspace', 'ab\b\bcd', 'ab\\x08\\x08cd'],
    ['return', 'secret\rpublic', 'secret\\x0dpublic'],
    ['one-byte CSI', '\u009b2J', '\\x9b2J'],
    ['reading direction', 'a\u202eb', 'a\\u202eb'],
    ['unseen', 'a\u200bb', 'a\\u200bb'],
    ['mixed with colour', '\u001b[31ma\u001b[2Kb', 'a\\x1b[2Kb']
  ])('shows other control sequences: %s', (_, text, shown) => {
    expect(joined(text)).toBe(shown);
    expect(plain(text)).toBe(shown);
  });

  it('leaves markup as text', () => {
    for (const payload of [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '\u001b[31m<b style="position:fixed">&amp;</b>\u001b[0m'
    ]) {
      expect(joined(payload)).toBe(plain(payload));
    }
    expect(joined('\u001b[31m<b>&amp;')).toBe('<b>&amp;');
  });
});
