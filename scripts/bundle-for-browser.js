// @ts-check
/**
 * Bundles a program for a browser, as an application that uses `@annals/client` would, and finds every module of Node
 * in its whole import tree: `node scripts/bundle-for-browser.js ENTRY OUTPUT` writes one file without imports. Without
 * arguments it checks the packages that promise to run in a browser. Prints one line per finding and exits 1 when there
 * is one.
 */
import { writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const browserPackages = ['@annals/checksum', '@annals/protocol', '@annals/client'];

/** What a bundler leaves where it took a module of Node out, or what such a module is reached by. */
const traces = [/__vite-browser-external/, /\bnode:[a-z]/, /\brequire\s*\(/, /\bprocess\.binding\b/];

const [entry, output] = process.argv.slice(2);
/** @type {string[]} */
const findings = [];
if (entry === undefined) {
  for (const name of browserPackages) {
    const { code, nodeImports } = await bundle('virtual:entry', `export * from ${JSON.stringify(name)};`);
    findings.push(...nodeImports.map((text) => `${name}: ${text}`));
    for (const trace of traces) {
      const found = trace.exec(code);
      if (found !== null)
        findings.push(`${name}: the bundle for a browser has "${found[0]}" in "${around(code, found.index)}"`);
    }
  }
} else if (output === undefined) {
  findings.push(`Cannot bundle ${entry}: wanted a second argument, the file to write`);
} else {
  const { code, nodeImports } = await bundle(entry);
  findings.push(...nodeImports);
  writeFileSync(output, code);
}
for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;

/**
 * @param {string} input path of the entry, or a name for `text`
 * @param {string} [text] the entry itself
 * @returns {Promise<{ code: string, nodeImports: string[] }>} one module, and who imports what of Node
 */
async function bundle(input, text) {
  /** @type {string[]} */
  const nodeImports = [];
  const result = await build({
    root,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      modulePreload: false,
      rollupOptions: { input, preserveEntrySignatures: 'strict', output: { inlineDynamicImports: true } },
    },
    plugins: [
      {
        name: 'entry-and-node-imports',
        enforce: 'pre',
        resolveId(id, importer) {
          if (isBuiltin(id)) {
            nodeImports.push(`${importer ?? input} imports "${id}", which no browser has`);
            // Left as it is, so that one run finds them all.
            return { id, external: true };
          }
          return text !== undefined && id === input ? `\0${input}` : null;
        },
        load: (id) => (id === `\0${input}` ? text : null),
      },
    ],
  }).catch((/** @type {unknown} */ error) => (error instanceof Error ? error : new Error(String(error))));
  if (result instanceof Error)
    return { code: '', nodeImports: [...nodeImports, `Cannot bundle ${input}: ${result.message}`] };
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) => ('output' in each ? each.output : []));
  const chunks = outputs.filter((each) => each.type === 'chunk');
  const [chunk, ...more] = chunks;
  if (chunk === undefined || more.length > 0)
    throw new Error(`Cannot bundle ${input}: wanted one file, got ${chunks.length}`);
  return { code: chunk.code, nodeImports };
}

/**
 * @param {string} code
 * @param {number} index
 */
function around(code, index) {
  return code.slice(Math.max(0, index - 40), index + 40).replace(/\s+/g, ' ');
}
