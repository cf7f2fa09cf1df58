// @ts-check
/**
 * Writes docs/client-api.md, the reference of `@annals/client`, from the sources of its entries and their comments; the
 * gate compares. Leaves out how a declaration becomes text (`describe-declaration.js`).
 *
 *   node scripts/docs/client-api.js           compares
 *   node scripts/docs/client-api.js --write   writes
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describeDeclaration, describeMethods } from './describe-declaration.js';
import { wrapParagraphs } from './markdown.js';

const PATH = 'docs/client-api.md';
const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = join(root, 'packages/client');

/** The interface whose methods are the calls of a client. */
const CLIENT = 'Client';

const entries = [
  { name: '@annals/client', file: join(sources, 'src/index.ts') },
  { name: '@annals/client/node', file: join(sources, 'src/node/index.ts') },
];

/** Sections of an entry, in order, and the declarations that belong to each. */
const SECTIONS = [
  { title: 'Functions', holds: ts.isFunctionDeclaration },
  { title: 'Classes', holds: ts.isClassDeclaration },
  {
    title: 'Types',
    holds: (/** @type {ts.Node} */ node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node),
  },
  { title: 'Values', holds: ts.isVariableDeclaration },
];

/** @returns {string} The page. */
function render() {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(sources, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    sources,
  );
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    options,
  );
  const checker = program.getTypeChecker();
  const blocks = [
    '# API of `@annals/client`',
    'Written by `scripts/docs/client-api.js` from the sources and their comments. How the client behaves, and why, stands in [client.md](client.md); how to begin, in [its README](../packages/client/README.md). A property with `?` may be left out.',
  ];
  /** @type {Set<string>} */
  const described = new Set();
  for (const { name, file } of entries) {
    const declarations = exportedDeclarations(program, file).filter(([exported]) => !described.has(exported));
    for (const [exported] of declarations) described.add(exported);
    blocks.push(`## ${name}`);
    const client = declarations.find(([exported]) => exported === CLIENT)?.[1];
    if (client !== undefined && ts.isInterfaceDeclaration(client)) {
      blocks.push('### Calls of a client', ...describeMethods(client, checker));
    }
    for (const { title, holds } of SECTIONS) {
      const held = declarations.filter(([exported, declaration]) => exported !== CLIENT && holds(declaration));
      if (held.length === 0) continue;
      blocks.push(`### ${title}`);
      for (const [exported, declaration] of held) blocks.push(...describeDeclaration(exported, declaration, checker));
    }
  }
  return `${wrapParagraphs(blocks.join('\n\n'))}\n`;
}

/**
 * @param {ts.Program} program
 * @param {string} file
 * @returns {[string, ts.Declaration][]} What an entry exports, by name
 */
function exportedDeclarations(program, file) {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`Cannot describe ${file}: it is no module`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const [declaration] = target.declarations ?? [];
      if (declaration === undefined) throw new Error(`Cannot describe ${symbol.name} of ${file}: is it built?`);
      return /** @type {[string, ts.Declaration]} */ ([symbol.name, declaration]);
    })
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/**
 * @param {boolean} write
 * @returns {string[]} Findings.
 */
export function checkClientApi(write = false) {
  const wanted = render();
  if (existsSync(join(root, PATH)) && readFileSync(join(root, PATH), 'utf8') === wanted) return [];
  if (!write) return [`${PATH}: is out of date; run: node scripts/docs/client-api.js --write`];
  writeFileSync(join(root, PATH), wanted);
  return [];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = checkClientApi(process.argv.includes('--write'));
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
