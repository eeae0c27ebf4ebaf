// What a reader counts as one character, so that a flag or an accent is never cut in two.
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Text from elsewhere made fit to stand among ours: no control characters, nothing that turns the direction of what
 * follows (a name could otherwise rewrite the sentence around it), one line, and not endless.
 */
export function tidy(text: string, longest = 120): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(graphemes.segment(line), ({ segment }) => segment);
  return characters.length <= longest
    ? line
    : `${characters
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`;
}
