// @ts-check
/**
 * Words and turns of phrase that the house does not use: archaic ones, inversions and gendered pronouns. A reader whose
 * first language is not English should read every sentence once. Covers prose, comments, texts and names of tests
 * alike. Leaves out what no pattern can tell: whether a sentence is short, active and true.
 */

/** @typedef {{ readonly found: RegExp, readonly instead: string }} RefusedWords */

/**
 * What stands between two words of a phrase: spaces, or the end of a line and the mark of a comment.
 * @type {string}
 */
const GAP = String.raw`(?:[ \t]*\n[ \t]*(?:\*|//|#)?[ \t]*| +)`;

/** @param {string} words @param {string} flags @returns {RegExp} */
const phrase = (words, flags = 'gi') => new RegExp(String.raw`\b(?:${words.replaceAll(' ', GAP)})\b`, flags);

/** @type {readonly RefusedWords[]} */
const refusedWords = [
  { found: phrase('whoever|whomever'), instead: 'name who it is: a caller, a client, a reader, an operator' },
  { found: phrase('anew|afresh'), instead: '"again", or a verb with re-' },
  { found: phrase('henceforth|thereby|therein|whereby|wherein|whither|thence'), instead: 'a sentence of its own' },
  { found: phrase('(?:nobody|no one|none) may'), instead: '"no client may", "must not"' },
  { found: phrase('(?:nobody|no one)(?: here)? (?:knows|knew|has)|(?:by|to) nobody'), instead: '"unknown"' },
  { found: phrase('whom|(?:for|of|to|from) who'), instead: 'the noun: a caller, a client, a reader, its creator' },
  { found: phrase('his|him|himself|hers|herself|(?:he|she) [a-z]+'), instead: '"they", or the noun' },
  { found: phrase('so says|thus'), instead: 'the subject first, "therefore"' },
  {
    found: phrase('(?:Told|Refused|Counted|Meant|Asked|Kept|Left out) (?:is|are|was|were)', 'g'),
    instead: 'the subject first',
  },
];

/**
 * Files that must name what is refused, each with its reason.
 * @type {Readonly<Record<string, string>>}
 */
const quoted = {
  'scripts/structure/refused-words.js': 'the list itself',
  'test/gate/words.test.ts': 'samples of each entry',
};

const TEXT = /\.(?:md|[cm]?[jt]sx?|sh|ya?ml)$/;

/**
 * Finds refused words in the text of a file.
 * @param {string} path From the root of the repository.
 * @param {string} text
 * @returns {string[]} A finding for each: place, words, and what to write.
 */
export function findRefusedWords(path, text) {
  if (path in quoted || !TEXT.test(path)) return [];
  return refusedWords.flatMap(({ found, instead }) =>
    [...text.matchAll(found)].map((match) => {
      const line = text.slice(0, match.index).split('\n').length;
      return `${path}:${line}: "${match[0].replace(/\s+/g, ' ')}": write ${instead}`;
    }),
  );
}
