// @ts-check
/**
 * Every exported function, class and interface of the packages has a doc comment. Types, constants and members are left
 * to reviewers; a re-export needs none, the comment is where the thing is declared.
 */
import ts from 'typescript';

/**
 * @param {import('./repository.js').Repository} repository
 * @returns {string[]}
 */
export function checkDocComments(repository) {
  return repository.files
    .filter((path) => /^packages\/[^/]+\/src\/.*\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .flatMap((path) => {
      const source = ts.createSourceFile(path, repository.read(path), ts.ScriptTarget.Latest, true);
      return undocumentedExports(source).map(
        ({ name, line }) => `${path}:${line}: export "${name}" has no doc comment`,
      );
    });
}

/** @param {ts.SourceFile} source */
function undocumentedExports(source) {
  const listed = new Set(source.statements.flatMap(listedNames));
  /** @type {Map<string, { line: number, documented: boolean }>} */
  const exports = new Map();
  for (const statement of source.statements) {
    const isMarked =
      ts.canHaveModifiers(statement) &&
      (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    for (const name of declaredNames(statement)) {
      if (!isMarked && !listed.has(name)) continue;
      const line = source.getLineAndCharacterOfPosition(statement.getStart(source)).line + 1;
      const documented = ts.getJSDocCommentsAndTags(statement).some(ts.isJSDoc);
      const earlier = exports.get(name);
      // One comment serves all overloads of a function, and a class merged with an interface.
      exports.set(name, { line: earlier?.line ?? line, documented: documented || earlier?.documented === true });
    }
  }
  return [...exports].filter(([, { documented }]) => !documented).map(([name, { line }]) => ({ name, line }));
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
 * Functions (also constants that hold one), classes and interfaces a statement declares.
 * @param {ts.Statement} statement
 */
function declaredNames(statement) {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)) {
    return [statement.name?.text ?? 'default'];
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
    initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer)) && ts.isIdentifier(name)
      ? [name.text]
      : [],
  );
}
