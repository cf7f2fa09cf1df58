/**
 * Matches `*` (any run of characters) and `?` (exactly one) without regular expressions, whose back-tracking a hostile
 * pattern could make exponential. Leaves out what patterns are for.
 */

const STAR = 0x2a;
const QUESTION_MARK = 0x3f;

/**
 * Matches a whole text. At most `pattern.length * text.length` steps: only the last `*` is ever tried again.
 * @param pattern Text with `*` and `?`; nothing escapes them.
 * @param text Compared by UTF-16 units, so that `?` is half of a character beyond U+FFFF.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  let afterStar = -1;
  let retryInText = 0;
  while (inText < text.length) {
    const wanted = pattern.charCodeAt(inPattern);
    if (wanted === STAR) {
      inPattern += 1;
      // Nothing after it that could fail.
      if (inPattern === pattern.length) return true;
      afterStar = inPattern;
      retryInText = inText;
    } else if (wanted === QUESTION_MARK || wanted === text.charCodeAt(inText)) {
      inPattern += 1;
      inText += 1;
    } else if (afterStar >= 0) {
      inPattern = afterStar;
      retryInText += 1;
      inText = retryInText;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(inPattern) === STAR) inPattern += 1;
  return inPattern === pattern.length;
}

/** Tells whether a pattern can match more than one text. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}
