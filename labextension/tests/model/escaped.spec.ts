import { describe, expect, it } from 'vitest';

import { plain } from '../../src/model/ansi';
import { safeName } from '../../src/model/escaped';
import { shortId, shortIds } from '../../src/model/marks';

const EMOJI =
  '\u{1f469}\u200d\u{1f4bb} \u2764\ufe0f\u200d\u{1f525} \u{1f469}\u{1f3fd}\u200d\u2695\ufe0f 1\ufe0f\u20e3';
const PERSIAN = 'می\u200cخواهم';

describe('what is not seen of a text', () => {
  it.each([
    EMOJI,
    PERSIAN,
    'क्\u200dष',
    'عربي עברית 医院\u3000甲',
    '\ue0b0 \u00a0e\u0301\ta\nb'
  ])('leaves writing as it is: %s', text => {
    expect(plain(text)).toBe(text);
  });

  it.each([
    ['safe\u202etxt.exe', 'safe\\u202etxt.exe'],
    [
      'a\u200bb\u200c\u200d\u2060\ufeffc',
      'a\\u200bb\\u200c\\u200d\\u2060\\ufeffc'
    ],
    ['a\ufe0fb\u00adc\u3164d', 'a\\ufe0fb\\xadc\\u3164d'],
    ['\u{1f469}\ufe0f\ufe0f\u200d', '\u{1f469}\ufe0f\\ufe0f\\u200d'],
    ['م\u200c', 'م\\u200c'],
    ['\u061c\u200cم', '\\u061c\\u200cم'],
    ['\u{e0041}\u001b[31mx\u200b', '\\U000e0041x\\u200b']
  ])('is shown: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it('is shown of ids, wherever in them', () => {
    expect(safeName('医院-甲 \u{1f3e5} عربي')).toBe('医院-甲 \u{1f3e5} عربي');
    expect(safeName(EMOJI).match(/\\u200d/g)).toHaveLength(3);
    expect(safeName(PERSIAN)).toBe('می\\u200cخواهم');
    expect(safeName('a\tb\n')).toBe('a\\x09b\\x0a');
    expect(shortId('a\u202eb')).toBe('a\\u202eb');
    const ids = ['a', 'a\u200b', 'a\u2060', `${'x'.repeat(20)}`];
    const short = shortIds([
      ...ids,
      `${'x'.repeat(10)}\u200b${'x'.repeat(10)}`
    ]);
    expect(new Set(short.values()).size).toBe(5);
    expect([...short.values()].join('')).not.toMatch(/\p{Cf}/u);
  });
});
