/**
 * What of a text is shown as it is: no text can steer a terminal, turn its reading direction or look like another one.
 * The same as alphamed_nb/reading/escaped.py does for terminals. Pure.
 */

/** Characters that steer, turn the reading direction, or take no room. */
const HIDDEN =
  '[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]';
const SYMBOL = '\\p{Extended_Pictographic}';
const LETTER = '(?:[\\u0620-\\u06d3]|[\\u0900-\\u0dff])';
/** Where writing needs them: emoji made of several, and joiners in Arabic and Indic scripts. */
const IN_PLACE =
  `(?:${SYMBOL}|\\p{Emoji_Modifier})(?:\\ufe0e|\\ufe0f)?(?:\\u200d${SYMBOL}(?:\\ufe0e|\\ufe0f)?)*` +
  `|[#*0-9]\\ufe0f\\u20e3|${LETTER}[\\u200c\\u200d](?=${LETTER})`;

const anyHidden = new RegExp(HIDDEN, 'gu');
/** Of a text; a tab and an end of line are no secret there. */
const hiddenInText = new RegExp(`(?![\\t\\n])${HIDDEN}`, 'u');
const inPlaceOrHidden = new RegExp(`${IN_PLACE}|((?![\\t\\n])${HIDDEN})`, 'gu');

/** An id: whatever is not seen is shown escaped, so that two ids never look the same for what they hide. */
export function safeName(id: string): string {
  return id.replace(anyHidden, escaped);
}

/** Whether a text holds anything that may have to be escaped. */
export function hidesSomething(text: string): boolean {
  return hiddenInText.test(text);
}

/** A text of several lines, but for joiners where writing needs them. */
export function safeText(text: string): string {
  return text.replace(inPlaceOrHidden, (found, hidden?: string) =>
    hidden === undefined ? found : escaped(hidden)
  );
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 0x100
    ? `\\x${digits.padStart(2, '0')}`
    : code < 0x10000
      ? `\\u${digits.padStart(4, '0')}`
      : `\\U${digits.padStart(8, '0')}`;
}
