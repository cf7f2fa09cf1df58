/** Reads YAML with the parser of the command line, which the workspace has not by itself. */
import { createRequire } from 'node:module';

/** The parts of the parser that are used. */
interface YamlParser {
  parse(text: string, options?: { readonly merge?: boolean }): unknown;
  parseAllDocuments(text: string): readonly { toJS(): unknown }[];
}

const parser: YamlParser = createRequire(new URL('../../packages/cli/package.json', import.meta.url))('yaml');

/** @returns The only document, with anchors and merges resolved. */
export function readYaml(text: string): unknown {
  return parser.parse(text, { merge: true });
}

/** @returns All documents. */
export function readYamlDocuments(text: string): readonly unknown[] {
  return parser.parseAllDocuments(text).map((document) => document.toJS());
}
