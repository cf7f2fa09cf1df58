// @ts-check
/** Just enough Markdown for the checks: links, the anchors GitHub gives to headings, fenced code. Not a renderer. */

/** @typedef {{ target: string, line: number }} Link */
/** @typedef {{ language: string, lines: { text: string, line: number }[] }} Fence */

/**
 * Splits a page into prose lines (fenced code blanked, so that line numbers stay) and its fences.
 * @param {string} text
 * @returns {{ prose: string[], fences: Fence[] }}
 */
export function parsePage(text) {
  /** @type {string[]} */
  const prose = [];
  /** @type {Fence[]} */
  const fences = [];
  let closing = '';
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const marker = /^\s*(`{3,}|~{3,})\s*(\S*)/.exec(line);
    if (closing === '' && marker) {
      closing = marker[1] ?? '';
      fences.push({ language: marker[2] ?? '', lines: [] });
      prose.push('');
    } else if (closing !== '') {
      const isEnd = line.trim().startsWith(closing) && /^[`~]+$/.test(line.trim());
      if (isEnd) closing = '';
      else fences.at(-1)?.lines.push({ text: line, line: index + 1 });
      prose.push('');
    } else prose.push(line);
  }
  return { prose, fences };
}

/**
 * Finds inline links, images, reference definitions and HTML links; code spans hold none.
 * @param {string[]} prose
 * @returns {Link[]}
 */
export function findLinks(prose) {
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^\s*\[[^\]]+\]:\s*(\S+)/g,
    /\s(?:href|src)="([^"]+)"/g,
  ];
  return prose.flatMap((line, index) => {
    const visible = line.replace(/(`+)[^`].*?\1/g, 'code');
    return patterns.flatMap((pattern) =>
      [...visible.matchAll(pattern)].map((match) => ({ target: match[1] ?? '', line: index + 1 })),
    );
  });
}

/**
 * Every anchor of a page: headings as GitHub slugs them (repeats numbered) and explicit `id`s or `name`s.
 * @param {string[]} prose
 * @returns {Set<string>}
 */
export function findAnchors(prose) {
  /** @type {Set<string>} */
  const anchors = new Set();
  /** @type {Map<string, number>} */
  const repeats = new Map();
  for (const line of prose) {
    for (const match of line.matchAll(/<\w+[^>]*\s(?:id|name)="([^"]+)"/g)) anchors.add(match[1] ?? '');
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    const count = repeats.get(slug) ?? 0;
    repeats.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** @param {string} heading */
function slugOf(heading) {
  const plain = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/<[^>]+>/g, '');
  return plain
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '')
    .replaceAll(' ', '-');
}

const WIDTH_MAX = 120;

/**
 * Breaks the paragraphs of a generated page at the margin; tables, lists, code and headings stay as they are.
 * @param {string} text
 * @returns {string}
 */
export function wrapParagraphs(text) {
  return text
    .split('\n\n')
    .map((block) => (/^(?:[|#<-]|```|\s)/.test(block) ? block : wrapWords(block.split(/\s+/))))
    .join('\n\n');
}

/**
 * @param {string[]} words
 * @returns {string}
 */
function wrapWords(words) {
  /** @type {string[]} */
  const lines = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= WIDTH_MAX) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
