// @ts-check
/**
 * Finds JSON that is believed: `JSON.parse` gives `any`, and so does `.json()` of an answer, so the compiler lets both
 * be anything. Both must become `unknown` at once, or go into a function that takes `unknown` and checks it. Syntax
 * alone tells. Leaves out whether the check is right.
 */
import ts from 'typescript';

/**
 * @param {ts.SourceFile} source
 * @returns {ts.CallExpression[]} Calls whose value is neither `unknown`, nor checked, nor dropped.
 */
export function findBelievedJson(source) {
  /** @type {ts.CallExpression[]} */
  const found = [];
  visit(source);
  return found;

  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isCallExpression(node) && givesAny(node) && !isHeldAsUnknown(node, source)) found.push(node);
    ts.forEachChild(node, visit);
  }
}

/** @param {ts.CallExpression} call */
function givesAny(call) {
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression)) return false;
  const name = expression.name.text;
  if (name === 'json') return call.arguments.length === 0;
  return name === 'parse' && ts.isIdentifier(expression.expression) && expression.expression.text === 'JSON';
}

/**
 * @param {ts.Node} call
 * @param {ts.SourceFile} source
 * @returns {boolean}
 */
function isHeldAsUnknown(call, source) {
  /** @type {ts.Node} */
  let node = call;
  while (passesOn(node.parent, node)) node = node.parent;
  const { parent } = node;
  // Whether it is JSON at all was the question.
  if (ts.isExpressionStatement(parent)) return true;
  if (ts.isVariableDeclaration(parent)) return isUnknown(parent.type);
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return ts.isIdentifier(parent.left) && isUnknown(declaredTypeOf(parent.left.text, source));
  }
  if (ts.isReturnStatement(parent)) return isUnknown(returnTypeAround(parent));
  if (ts.isArrowFunction(parent)) return isUnknown(parent.type);
  return ts.isCallExpression(parent) && parent.arguments.some((one) => one === node) && takesUnknown(parent, source);
}

/**
 * Parentheses, `await` and both branches of a condition give on what they hold.
 * @param {ts.Node} parent
 * @param {ts.Node} node
 */
function passesOn(parent, node) {
  if (ts.isParenthesizedExpression(parent) || ts.isAwaitExpression(parent)) return true;
  return ts.isConditionalExpression(parent) && parent.condition !== node;
}

/**
 * A schema's `parse` and `safeParse`, `String`, and functions of the same file whose first parameter is `unknown`.
 * @param {ts.CallExpression} call
 * @param {ts.SourceFile} source
 */
function takesUnknown({ expression }, source) {
  if (ts.isPropertyAccessExpression(expression)) return ['parse', 'safeParse'].includes(expression.name.text);
  if (!ts.isIdentifier(expression)) return false;
  if (expression.text === 'String') return true;
  return source.statements.some(
    (statement) =>
      ts.isFunctionDeclaration(statement) &&
      statement.name?.text === expression.text &&
      isUnknown(statement.parameters[0]?.type),
  );
}

/** @param {ts.TypeNode | undefined} type `unknown`, or a promise of it. @returns {boolean} */
function isUnknown(type) {
  if (type === undefined) return false;
  if (type.kind === ts.SyntaxKind.UnknownKeyword) return true;
  return ts.isTypeReferenceNode(type) && type.typeName.getText() === 'Promise' && isUnknown(type.typeArguments?.[0]);
}

/**
 * @param {ts.Node} node
 * @returns {ts.TypeNode | undefined}
 */
function returnTypeAround(node) {
  /** @type {ts.Node} */
  let around = node;
  while (!ts.isFunctionLike(around) && around.parent !== undefined) around = around.parent;
  return ts.isFunctionLike(around) ? around.type : undefined;
}

/**
 * @param {string} name Of a variable.
 * @param {ts.SourceFile} source
 * @returns {ts.TypeNode | undefined} Undefined also when two variables of that name have different types.
 */
function declaredTypeOf(name, source) {
  /** @type {(ts.TypeNode | undefined)[]} */
  const types = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.name.text === name) types.push(node.type);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return types.every(isUnknown) ? types[0] : undefined;
}
