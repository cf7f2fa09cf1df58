// @ts-check
/**
 * What the rules of the house want to know of one TypeScript or JavaScript file, read from its syntax alone: lengths,
 * widths, documentation, casts, ways to leave a property out. No types are resolved, so a thousand files take seconds.
 */
import ts from 'typescript';
import { findBelievedJson } from './parsed-json.js';

/**
 * @typedef {object} Place
 * @property {string} name
 * @property {number} line counted from 1
 */
/**
 * @typedef {object} SourceFacts
 * @property {number} lineCount
 * @property {number[]} wideLines numbers of lines wider than the limit
 * @property {(Place & { lineCount: number })[]} functions with a body, from its first line to its last
 * @property {Place[]} casts assertions of a type that the compiler believes: `x as T`, `x!`; not `as const`
 * @property {Place[]} undocumentedExports
 * @property {Place[]} silentThrows exported functions and public methods that throw in their own body and have no
 * `@throws`
 * @property {Place[]} doubleOptionals properties that may be left out and may be `undefined`: one of the two says it
 * @property {Place[]} believedJson JSON whose type is believed and not checked: see `parsed-json.js`
 * @property {Place[]} ternariesWithNothing `...(condition ? { name } : {})`, which is `...(condition && { name })`
 */

export const WIDTH_MAX = 120;

/** What may follow a text that ends at the margin and cannot be broken: `', async () => {`. */
const TAIL_LENGTH_MAX = 16;

/**
 * Reads the facts of one file.
 * @param {string} path decides between JavaScript and TypeScript
 * @param {string} text
 * @returns {SourceFacts}
 */
export function readSourceFacts(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n');
  const lineOf = (/** @type {ts.Node} */ node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  /** @type {SourceFacts} */
  const facts = {
    lineCount: lines.length - 1,
    wideLines: wideLinesOf(source, lines),
    functions: [],
    casts: [],
    undocumentedExports: [],
    silentThrows: [],
    doubleOptionals: [],
    ternariesWithNothing: [],
    believedJson: findBelievedJson(source).map((call) => ({
      name: call.parent.getText(source).slice(0, 60),
      line: lineOf(call),
    })),
  };
  visit(source);
  readExports(source, facts, lineOf);
  return facts;

  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isFunctionLike(node) && 'body' in node && node.body && ts.isBlock(node.body)) {
      const first = lineOf(node);
      const last = source.getLineAndCharacterOfPosition(node.end).line + 1;
      facts.functions.push({ name: nameOfFunction(node, source), line: first, lineCount: last - first + 1 });
    }
    if (isCast(node)) facts.casts.push({ name: node.getText(source).slice(0, 60), line: lineOf(node) });
    if (isDoubleOptional(node)) facts.doubleOptionals.push({ name: node.name.getText(source), line: lineOf(node) });
    if (isTernaryWithNothing(node)) {
      facts.ternariesWithNothing.push({ name: node.getText(source).slice(0, 60), line: lineOf(node) });
    }
    ts.forEachChild(node, visit);
  }
}

/**
 * Lines that run past the limit, but for those where a text, a pattern or a template does: breaking it would change it.
 * @param {ts.SourceFile} source
 * @param {string[]} lines
 * @returns {number[]}
 */
function wideLinesOf(source, lines) {
  const wide = lines.flatMap((line, index) => (isTooWide(line) ? [index] : []));
  if (wide.length === 0) return [];
  const starts = source.getLineStarts();
  const edges = new Set(wide.map((index) => (starts[index] ?? 0) + WIDTH_MAX));
  visit(source);
  return wide.filter((index) => edges.has((starts[index] ?? 0) + WIDTH_MAX)).map((index) => index + 1);

  /** @param {ts.Node} node */
  function visit(node) {
    if (isLiteralText(node)) {
      for (const edge of edges)
        if (node.getStart(source) < edge && edge <= node.end + TAIL_LENGTH_MAX) edges.delete(edge);
    }
    ts.forEachChild(node, visit);
  }
}

/** @param {ts.Node} node */
function isLiteralText(node) {
  return (
    ts.isStringLiteralLike(node) ||
    ts.isRegularExpressionLiteral(node) ||
    ts.isTemplateExpression(node) ||
    ts.isImportDeclaration(node)
  );
}

/**
 * Wider than the limit where it could be broken: a line that is one word (an address, a key of a table) cannot.
 * @param {string} line
 */
export function isTooWide(line) {
  return [...line].length > WIDTH_MAX && /\S\s+\S/.test(line.replace(/^\s*(?:\/\/|\*|\/\*\*?|#|-|>)\s*/, ''));
}

/** @param {ts.Node} node */
function isCast(node) {
  if (ts.isNonNullExpression(node)) return true;
  return ts.isAsExpression(node) && !(ts.isTypeReferenceNode(node.type) && node.type.getText() === 'const');
}

/**
 * @param {ts.Node} node
 * @returns {node is ts.PropertySignature | ts.PropertyDeclaration | ts.ParameterDeclaration}
 */
function isDoubleOptional(node) {
  const isOptional = ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node);
  return isOptional && node.questionToken !== undefined && allowsUndefined(node.type);
}

/** @param {ts.Node} node */
function isTernaryWithNothing(node) {
  if (!ts.isSpreadAssignment(node) || !ts.isParenthesizedExpression(node.expression)) return false;
  const { expression } = node.expression;
  if (!ts.isConditionalExpression(expression)) return false;
  return [expression.whenTrue, expression.whenFalse].some(
    (branch) =>
      (ts.isObjectLiteralExpression(branch) && branch.properties.length === 0) ||
      (ts.isIdentifier(branch) && branch.text === 'undefined'),
  );
}

/** @param {ts.TypeNode | undefined} type */
function allowsUndefined(type) {
  return (
    type !== undefined &&
    ts.isUnionTypeNode(type) &&
    type.types.some(({ kind }) => kind === ts.SyntaxKind.UndefinedKeyword)
  );
}

/**
 * @param {ts.SignatureDeclaration} node
 * @param {ts.SourceFile} source
 * @returns {string}
 */
function nameOfFunction(node, source) {
  if (node.name) return node.name.getText(source);
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.name.getText(source);
  }
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (ts.isCallExpression(parent)) {
    const [first] = parent.arguments;
    const subject = first !== undefined && ts.isStringLiteralLike(first) ? ` '${first.text}'` : '';
    return `${parent.expression.getText(source).split('\n')[0]}(${subject})`;
  }
  return '(unnamed)';
}

/**
 * @param {ts.SourceFile} source
 * @param {SourceFacts} facts
 * @param {(node: ts.Node) => number} lineOf
 */
function readExports(source, facts, lineOf) {
  const listed = new Set(source.statements.flatMap(listedNames));
  /** @type {Map<string, { line: number, isDocumented: boolean }>} */
  const exports = new Map();
  for (const statement of source.statements) {
    const isMarked = hasModifier(statement, ts.SyntaxKind.ExportKeyword);
    for (const name of declaredNames(statement)) {
      if (!isMarked && !listed.has(name)) continue;
      const earlier = exports.get(name);
      // One comment serves all overloads of a function, and a class merged with an interface.
      const isDocumented = earlier?.isDocumented === true || ts.getJSDocCommentsAndTags(statement).some(ts.isJSDoc);
      exports.set(name, { line: earlier?.line ?? lineOf(statement), isDocumented });
      for (const thrower of silentThrowers(statement))
        facts.silentThrows.push({ name: thrower.name, line: lineOf(thrower.node) });
    }
  }
  for (const [name, { line, isDocumented }] of exports)
    if (!isDocumented) facts.undocumentedExports.push({ name, line });
}

/**
 * @param {ts.Statement} statement
 * @returns {{ name: string, node: ts.Node }[]}
 */
function silentThrowers(statement) {
  if (ts.isFunctionDeclaration(statement)) {
    return throwsItself(statement.body) && !documentsThrows(statement)
      ? [{ name: statement.name?.text ?? '', node: statement }]
      : [];
  }
  // Methods of a contract are documented there.
  if (!ts.isClassDeclaration(statement) || statement.heritageClauses?.some(isImplements)) return [];
  const className = statement.name?.text ?? '';
  return statement.members.flatMap((member) => {
    const isPrivate =
      hasModifier(member, ts.SyntaxKind.PrivateKeyword) ||
      (member.name !== undefined && ts.isPrivateIdentifier(member.name));
    if (isPrivate || !(ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member))) return [];
    const name = ts.isConstructorDeclaration(member) ? 'constructor' : member.name.getText();
    return throwsItself(member.body) && !documentsThrows(member)
      ? [{ name: `${className}.${name}`, node: member }]
      : [];
  });
}

/**
 * Whether a body throws, functions inside it and what it catches itself aside.
 * @param {ts.Node | undefined} body
 * @returns {boolean}
 */
function throwsItself(body) {
  if (body === undefined) return false;
  /** @type {(node: ts.Node) => boolean} */
  const look = (node) => {
    // The function that throws an error first documents it; throwing the same error again needs no `@throws`.
    if (ts.isThrowStatement(node)) return ts.isNewExpression(node.expression) || ts.isCallExpression(node.expression);
    if (ts.isFunctionLike(node)) return false;
    if (ts.isTryStatement(node) && node.catchClause) {
      return look(node.catchClause.block) || (node.finallyBlock !== undefined && look(node.finallyBlock));
    }
    return ts.forEachChild(node, (child) => look(child) || undefined) === true;
  };
  return look(body);
}

/**
 * `@see` leads to the contract, which says what is thrown.
 * @param {ts.Node} node
 */
function documentsThrows(node) {
  return ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'throws' || tagName.text === 'see');
}

/** @param {ts.HeritageClause} clause */
function isImplements(clause) {
  return clause.token === ts.SyntaxKind.ImplementsKeyword;
}

/**
 * @param {ts.Node} node
 * @param {ts.SyntaxKind} kind
 */
function hasModifier(node, kind) {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);
}

/**
 * Names in `export { a, b as c }` of things declared in the same file.
 * @param {ts.Statement} statement
 */
function listedNames(statement) {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier || !statement.exportClause) return [];
  if (!ts.isNamedExports(statement.exportClause)) return [];
  return statement.exportClause.elements.map((element) => (element.propertyName ?? element.name).text);
}

/**
 * Everything a statement declares: functions, classes, interfaces, types and constants.
 * @param {ts.Statement} statement
 * @returns {string[]}
 */
function declaredNames(statement) {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
    return [statement.name?.text ?? 'default'];
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return [statement.name.text];
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
}
