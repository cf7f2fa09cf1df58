// @ts-check
/**
 * Writes docs/request-names.md: what becomes of every header and query parameter that SDKs send, from the protocol's
 * tables; the gate compares. Needs a built tree.
 *
 *   node scripts/docs/request-names.js           compares
 *   node scripts/docs/request-names.js --write   writes
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  IGNORED_CONDITION_REASON,
  OPERATION_NAMES,
  OPERATIONS,
  PROTECTION_HEADERS,
  PROTECTION_PARAMETERS,
  PROTECTION_PREFIXES,
  REQUEST_HEADER_NAMES,
  REQUEST_PARAMETER_NAMES,
  SIGNED_PARAMETERS,
  UNDOCUMENTED_SUB_RESOURCES,
} from '@annals/protocol';
import { wrapParagraphs } from './markdown.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PATH = 'docs/request-names.md';

/** @param {string} name */
const code = (name) => `\`${name}\``;

/** @param {Readonly<Record<string, import('@annals/protocol').ProtectionRow>>} rows */
function protectionLines(rows) {
  return Object.entries(rows).map(([name, { readBy, ignoredBy = {}, ofBucketBy = [] }]) => {
    /** @type {Map<string, string[]>} */
    const byReason = new Map();
    for (const [operation, reason] of Object.entries(ignoredBy)) {
      byReason.set(reason, [...(byReason.get(reason) ?? []), operation]);
    }
    const left = [...byReason].map(([reason, operations]) => `${operations.join(', ')}: ${reason}`);
    if (name.startsWith('if-')) left.push(`GET and HEAD of anything else: ${IGNORED_CONDITION_REASON}`);
    if (ofBucketBy.length > 0) {
      left.push(
        `${ofBucketBy.join(', ')}: taken if it is the ACL that the bucket has (ossfs sends it), otherwise refused`,
      );
    }
    return `| ${code(name)} | ${readBy.join(', ')} | ${left.join('. ')} |`;
  });
}

/** @param {Readonly<Record<string, import('@annals/protocol').RequestName>>} names */
function nameLines(names) {
  return Object.entries(names).map(([name, { state, note }]) => `| ${code(name)} | ${state} | ${note} |`);
}

/** @returns {string} The page. */
function render() {
  const selectors = [...new Set(OPERATION_NAMES.flatMap((name) => [...OPERATIONS[name].query]))];
  const operationsOf = (/** @type {string} */ key) =>
    OPERATION_NAMES.filter((name) => /** @type {readonly string[]} */ (OPERATIONS[name].query).includes(key));
  return `${wrapParagraphs(
    [
      '# Names in requests: what becomes of each',
      '',
      'Written by `scripts/docs/request-names.js` from the tables of `packages/protocol/src/operation`; do not edit. Every sub-resource, query parameter and',
      'header that the official SDKs sign or send is handled, refused, or ignored on purpose with the reason. Tests walk the lists',
      '(`packages/protocol/src/operation/request-names.test.ts`), send every protecting header to every operation',
      '(`test/conformance-http/unread-protection.test.ts`), and look for the code that reads each other name that is called handled (`test/gate/request-names.test.ts`).',
      '',
      '## The rule',
      '',
      'What asks for protection, for a condition or for something to be kept is read, or it is refused with nothing done: 400 `InvalidArgument` with the name,',
      '400 `NotImplemented` for a plain condition. The same name in the query is refused, too, and so is a header of the object beside a form, which gives it as a',
      'field. An unknown header or parameter that begins as protection does is 501 `NotImplemented`:',
      `${PROTECTION_PREFIXES.map(code).join(', ')}.`,
      'Other unknown headers and parameters are ignored, as the public service does. An empty option is none.',
      '',
      '## Headers that protect',
      '',
      '| Header | Read by | Left alone by |',
      '|---|---|---|',
      ...protectionLines(PROTECTION_HEADERS),
      '',
      'As query parameters:',
      '',
      '| Parameter | Read by | Left alone by |',
      '|---|---|---|',
      ...protectionLines(PROTECTION_PARAMETERS),
      '',
      '## Other headers',
      '',
      'A name that ends in `-` stands for all that begin so.',
      '',
      '| Header | State | What it does, or why it does nothing |',
      '|---|---|---|',
      ...nameLines(REQUEST_HEADER_NAMES),
      '',
      '## Query parameters',
      '',
      '| Parameter | State | What it does, or why it does nothing |',
      '|---|---|---|',
      ...nameLines(SIGNED_PARAMETERS),
      ...nameLines(REQUEST_PARAMETER_NAMES),
      '',
      '## Sub-resources',
      '',
      'What each operation does is in [api-coverage.md](api-coverage.md).',
      '',
      '| Sub-resource | Operations |',
      '|---|---|',
      ...selectors.map((key) => `| ${code(key)} | ${operationsOf(key).join(', ')} |`),
      '',
      `Recognised, but documented nowhere, or of a product that is not here: 501 whatever the method. ${UNDOCUMENTED_SUB_RESOURCES.map(code).join(', ')}.`,
    ].join('\n'),
  )}\n`;
}

/**
 * @param {boolean} write
 * @returns {string[]} Findings.
 */
export function checkRequestNames(write = false) {
  const wanted = render();
  if (existsSync(root + PATH) && readFileSync(root + PATH, 'utf8') === wanted) return [];
  if (!write) return [`${PATH}: out of date; run: node scripts/docs/request-names.js --write`];
  writeFileSync(root + PATH, wanted);
  return [];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = checkRequestNames(process.argv.includes('--write'));
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
