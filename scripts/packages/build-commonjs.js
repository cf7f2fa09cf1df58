// @ts-check
/**
 * Makes the CommonJS form of the packages that have one: those whose `exports` name `dist/cjs`. Every source file is
 * translated by itself into `dist/cjs`, with file names that end in `cjs` and `cts` and so say CommonJS whatever
 * `package.json` says; the types are those of `dist`. Needs a build; leaves out checking types, which the build did.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** @typedef {import('./pack-packages.js').Package} Package */

const FOLDER = 'dist/cjs';

/** @param {Pick<Package, 'manifest'>} workspacePackage @returns {boolean} whether a package has a CommonJS form */
export function hasCommonjs({ manifest }) {
  return JSON.stringify(manifest.exports).includes(`"./${FOLDER}/`);
}

/**
 * Writes `dist/cjs` of a package, from nothing.
 * @param {Package} workspacePackage
 * @throws {Error} when a source file uses what CommonJS lacks: `import.meta` beyond `import.meta.url`, a top-level
 * await
 */
export function buildCommonjs({ directory }) {
  const target = join(directory, FOLDER);
  rmSync(target, { recursive: true, force: true });
  const sources = readdirSync(join(directory, 'src'), { recursive: true, encoding: 'utf8' });
  for (const path of sources.filter((each) => each.endsWith('.ts') && !each.endsWith('.test.ts'))) {
    const stem = path.slice(0, -'.ts'.length);
    mkdirSync(dirname(join(target, path)), { recursive: true });
    translate(join(directory, 'src', path), join(target, stem));
    copyTypes(join(directory, 'dist', stem), join(target, stem));
  }
}

/** @param {string} source path @param {string} target path without extension */
function translate(source, target) {
  const { outputText, sourceMapText = '{}' } = ts.transpileModule(readFileSync(source, 'utf8'), {
    fileName: source,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.CommonJS,
      isolatedModules: true,
      esModuleInterop: true,
      sourceMap: true,
    },
    transformers: { before: [replaceImportMeta] },
  });
  try {
    new Function('require', 'module', 'exports', '__filename', outputText);
  } catch (cause) {
    throw new Error(`Cannot make CommonJS of ${source}: wanted no import.meta and no top-level await`, { cause });
  }
  writeFileSync(`${target}.cjs`, renamed(outputText));
  writeMap(`${target}.cjs.map`, sourceMapText, [relative(dirname(target), source)]);
}

/** @param {string} source path without extension @param {string} target path without extension */
function copyTypes(source, target) {
  writeFileSync(`${target}.d.cts`, renamed(readFileSync(`${source}.d.ts`, 'utf8')));
  const map = readFileSync(`${source}.d.ts.map`, 'utf8');
  writeMap(
    `${target}.d.cts.map`,
    map,
    JSON.parse(map).sources.map((/** @type {string} */ path) => relative(dirname(target), join(dirname(source), path))),
  );
}

/** @param {string} path @param {string} text @param {readonly string[]} sources */
function writeMap(path, text, sources) {
  writeFileSync(path, JSON.stringify({ ...JSON.parse(text), sources }));
}

/**
 * `import.meta.url` of CommonJS.
 * @type {ts.TransformerFactory<ts.SourceFile>}
 */
function replaceImportMeta(context) {
  const { factory } = context;
  /** @param {ts.Node} node @returns {ts.Node} */
  const visit = (node) => {
    if (ts.isPropertyAccessExpression(node) && ts.isMetaProperty(node.expression) && node.name.text === 'url') {
      const load = factory.createCallExpression(factory.createIdentifier('require'), undefined, [
        factory.createStringLiteral('node:url'),
      ]);
      const convert = factory.createPropertyAccessExpression(load, 'pathToFileURL');
      const file = factory.createIdentifier('__filename');
      return factory.createPropertyAccessExpression(factory.createCallExpression(convert, undefined, [file]), 'href');
    }
    return ts.visitEachChild(node, visit, context);
  };
  return (file) => ts.visitEachChild(file, visit, context);
}

/** @param {string} text of a program or its types @returns {string} the same, leading to files with the other names */
function renamed(text) {
  return text
    .replace(/((?:require\(|new URL\(|from |import\()['"]\.{1,2}\/[^'"]+)\.js(?=['"])/g, '$1.cjs')
    .replace(/^(\/\/# sourceMappingURL=.*)\.js\.map$/m, '$1.cjs.map')
    .replace(/^(\/\/# sourceMappingURL=.*)\.d\.ts\.map$/m, '$1.d.cts.map');
}
