// @ts-check
/**
 * Describes a declaration of TypeScript in Markdown: its comment, its signature, and a table of its members. Types are
 * written as the sources write them. Leaves out which declarations are described, and in which order.
 */
import ts from 'typescript';

/**
 * @param {string} name as it is exported
 * @param {ts.Declaration} declaration
 * @param {ts.TypeChecker} checker
 * @returns {string[]} blocks of Markdown
 */
export function describeDeclaration(name, declaration, checker) {
  const heading = `#### \`${name}\``;
  const comment = commentOf(symbolOf(declaration, checker), checker);
  if (ts.isInterfaceDeclaration(declaration)) {
    return [heading, ...comment, ...heritage(declaration), ...memberTable(declaration.members, checker)];
  }
  if (ts.isClassDeclaration(declaration)) {
    const members = declaration.members.filter(isPublic);
    return [heading, ...comment, ...heritage(declaration), ...memberTable(members, checker)];
  }
  if (ts.isTypeAliasDeclaration(declaration)) return [heading, ...comment, ...aliasBlocks(declaration)];
  if (ts.isFunctionDeclaration(declaration)) return [heading, fence(signatureOf(name, declaration)), ...comment];
  return [heading, ...comment];
}

/**
 * The calls of an interface whose methods say by `@see` which functions implement them: their comments say more.
 * @param {ts.InterfaceDeclaration} declaration
 * @param {ts.TypeChecker} checker
 * @returns {string[]} blocks of Markdown
 */
export function describeMethods(declaration, checker) {
  return membersOf(declaration, checker).flatMap((member) => {
    const name = member.name?.getText() ?? '';
    const symbol = symbolOf(member, checker);
    const own = commentOf(symbol, checker);
    const seen = symbol.getJsDocTags(checker).find((tag) => tag.name === 'see')?.text;
    const implementation = findFunction(member, oneLine(ts.displayPartsToString(seen)), checker);
    const said = implementation === undefined ? [] : commentOf(implementation, checker);
    return [
      `#### \`client.${name}\``,
      fence(ts.isMethodSignature(member) ? signatureOf(name, member) : `${name}: ${typeText(member)}`),
      ...(own.length === 0 ? said : [...own, ...said.filter((block) => block.startsWith('- '))]),
    ];
  });
}

/**
 * @param {ts.InterfaceDeclaration} declaration
 * @param {ts.TypeChecker} checker
 * @returns {ts.TypeElement[]} Members of an interface and of those that it extends, these first
 */
function membersOf(declaration, checker) {
  const bases = declaration.heritageClauses?.flatMap(({ types }) => types) ?? [];
  const inherited = bases.flatMap((base) => {
    const found = checker.getTypeAtLocation(base).symbol.declarations?.find(ts.isInterfaceDeclaration);
    return found === undefined ? [] : membersOf(found, checker);
  });
  return [...inherited, ...declaration.members];
}

/**
 * @param {ts.Declaration} declaration
 * @param {string} name
 * @param {ts.TypeChecker} checker
 * @returns {ts.Symbol | undefined} The function that the file of a declaration imports or declares under a name
 */
function findFunction(declaration, name, checker) {
  const scope = checker.getSymbolsInScope(declaration.getSourceFile(), ts.SymbolFlags.Function | ts.SymbolFlags.Alias);
  const found = scope.find((symbol) => symbol.name === name);
  if (found === undefined || !(found.flags & ts.SymbolFlags.Alias)) return found;
  return checker.getAliasedSymbol(found);
}

/** @param {ts.Declaration} declaration @param {ts.TypeChecker} checker @returns {ts.Symbol} */
function symbolOf(declaration, checker) {
  const name = ts.getNameOfDeclaration(declaration);
  const symbol = name && checker.getSymbolAtLocation(name);
  if (symbol === undefined) throw new Error(`Cannot describe "${declaration.getText()}": it has no name`);
  return symbol;
}

/** @param {ts.Symbol} symbol @param {ts.TypeChecker} checker @returns {string[]} its comment, and its tags as a list */
function commentOf(symbol, checker) {
  const text = oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker)));
  const lines = symbol.getJsDocTags(checker).flatMap(({ name, text: parts }) => {
    const said = oneLine(ts.displayPartsToString(parts));
    if (name === 'param') return [`- \`${said.split(' ', 1)[0]}\`: ${said.slice(said.indexOf(' ') + 1)}`];
    if (name === 'returns') return [`- Gives: ${said}`];
    if (name === 'throws') return [`- Throws: ${said.replace(/^\{(\w+)\}/, '`$1`')}`];
    return [];
  });
  return [...(text === '' ? [] : [text]), ...(lines.length === 0 ? [] : [wrapList(lines)])];
}

/** @param {ts.InterfaceDeclaration | ts.ClassDeclaration} declaration @returns {string[]} */
function heritage(declaration) {
  const bases = declaration.heritageClauses?.flatMap(({ types }) => types.map((type) => code(type.getText()))) ?? [];
  return bases.length === 0 ? [] : [`Has everything of ${bases.join(', ')}, too.`];
}

/** @param {ts.ClassElement} member */
function isPublic(member) {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return false;
  if (ts.isConstructorDeclaration(member)) return false;
  return (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Override)) === 0;
}

/**
 * @param {Iterable<ts.TypeElement | ts.ClassElement>} members
 * @param {ts.TypeChecker} checker
 * @returns {string[]}
 */
function memberTable(members, checker) {
  const rows = [...members].map((member) => {
    if (member.name === undefined) return `| the call itself | ${cell(code(signatureOf('', member)))} | |`;
    const name = member.name.getText();
    const isOptional = 'questionToken' in member && member.questionToken !== undefined;
    const shown = 'type' in member && !('parameters' in member) ? typeText(member) : signatureOf('', member);
    const said = commentOf(symbolOf(member, checker), checker).join(' ').replaceAll('\n', ' ').replaceAll('- ', '');
    return `| \`${name}${isOptional ? '?' : ''}\` | ${cell(code(shown))} | ${cell(said)} |`;
  });
  return rows.length === 0 ? [] : [['| Member | Type | Meaning |', '|---|---|---|', ...rows].join('\n')];
}

/**
 * @param {ts.TypeAliasDeclaration} declaration
 * @returns {string[]} A table of a union whose members have comments, everything else as it is written
 */
function aliasBlocks({ type, name, typeParameters }) {
  const file = type.getSourceFile().getFullText();
  const options = ts.isUnionTypeNode(type) ? type.types : [];
  const comments = options.map((option) => {
    const ranges = ts.getLeadingCommentRanges(file, option.getFullStart()) ?? [];
    return ranges
      .map(({ pos, end }) => oneLine(file.slice(pos, end).replace(/^\/\*\*|\*\/$|^\s*\* ?/gm, '')))
      .join(' ');
  });
  if (comments.every((comment) => comment === '')) {
    const parameters =
      typeParameters === undefined ? '' : `<${typeParameters.map((each) => each.getText()).join(', ')}>`;
    return [fence(`type ${name.text}${parameters} = ${dedent(type.getText())};`)];
  }
  const rows = options.map((option, index) => `| ${cell(code(option.getText()))} | ${cell(comments[index] ?? '')} |`);
  return [['| Value | Meaning |', '|---|---|', ...rows].join('\n')];
}

/** @param {string} name @param {ts.Node} node @returns {string} */
function signatureOf(name, node) {
  if (!('parameters' in node)) return typeText(node);
  const { parameters, type } = /** @type {ts.SignatureDeclaration} */ (node);
  const inside = parameters.map((parameter) => dedent(parameter.getText())).join(', ');
  return `${name}(${inside}): ${type === undefined ? 'void' : dedent(type.getText())}`;
}

/** @param {ts.Node} node */
function typeText(node) {
  const { type } = /** @type {{ type?: ts.TypeNode }} */ (/** @type {unknown} */ (node));
  return type === undefined ? 'unknown' : oneLine(type.getText());
}

/** @param {string} text of some lines, without the indentation of its place */
function dedent(text) {
  return text.replace(/\n +/g, ' ').replace(/\/\*\*.*?\*\/ ?/gs, '');
}

/** @param {string} text */
function fence(text) {
  return `\`\`\`text\n${text.length > 110 ? breakAfterCommas(text) : text}\n\`\`\``;
}

/** @param {string} text a signature, its parameters each on a line */
function breakAfterCommas(text) {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0) return text.replaceAll(' | ', '\n  | ');
  const parameters = text.slice(open + 1, close).split(/, (?=\w+\??: )/);
  return `${text.slice(0, open + 1)}\n${parameters.map((each) => `  ${each},`).join('\n')}\n${text.slice(close)}`;
}

/** @param {readonly string[]} lines of a list @returns {string} each within the margin */
function wrapList(lines) {
  return lines
    .map((line) => {
      let width = 0;
      return line
        .split(' ')
        .map((word, index) => {
          const isBroken = index > 0 && width + 1 + word.length > 120;
          const separator = index === 0 ? '' : isBroken ? '\n  ' : ' ';
          width = isBroken ? 2 + word.length : width + separator.length + word.length;
          return `${separator}${word}`;
        })
        .join('');
    })
    .join('\n');
}

/** @param {string} text */
function code(text) {
  return `\`${oneLine(text)}\``;
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll('|', '\\|');
}

/** @param {string} text */
function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim();
}
