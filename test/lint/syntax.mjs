/** What the rules in this folder ask of a syntax tree. */

/**
 * The name that an expression calls by: `f` of `f`, `globalThis.f` and `x.f`.
 *
 * @param {import('estree').Node} node
 * @returns {string | undefined}
 */
export function nameOfCallee(node) {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'MemberExpression' ? propertyName(node) : undefined;
}

/** @param {import('estree').MemberExpression} node @returns {string | undefined} */
export function propertyName({ computed, property }) {
  if (!computed && property.type === 'Identifier') return property.name;
  return property.type === 'Literal' ? String(property.value) : undefined;
}

/**
 * Whether `node` calls the function `name`, bare or as a member of the global object or of a namespace import.
 *
 * @param {import('estree').CallExpression} node
 * @param {string} name
 */
export function isCallOf(node, name) {
  const { callee } = node;
  return callee.type !== 'Super' && nameOfCallee(callee) === name;
}

/** @param {import('estree').Node | undefined} node */
export function isNumber(node) {
  return node?.type === 'Literal' && typeof node.value === 'number';
}

/** @param {import('estree').Node} node @returns {node is import('estree').Function} */
export function isFunction(node) {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

/** @param {import('estree').Node} node */
export function isLoop(node) {
  return /^(While|DoWhile|For)Statement$/.test(node.type);
}

/**
 * Where a file uses the global variable `name` (not a local one of that name), as values and as `globalThis.name`.
 *
 * @param {import('eslint').SourceCode} sourceCode
 * @param {string} name
 * @returns {import('estree').Node[]}
 */
export function usesOfGlobal(sourceCode, name) {
  const scope = sourceCode.scopeManager.globalScope;
  if (scope === null) return [];
  const through = scope.through.filter(({ identifier }) => identifier.name === name);
  const declared = scope.set.get(name)?.references ?? [];
  const members = [...scope.through, ...(scope.set.get('globalThis')?.references ?? [])]
    .filter(({ identifier }) => identifier.name === 'globalThis')
    .map(({ identifier }) => /** @type {{ parent?: import('estree').Node }} */ (identifier).parent)
    .filter((parent) => parent?.type === 'MemberExpression' && propertyName(parent) === name);
  const nodes = [...through, ...declared].map(({ identifier }) => /** @type {import('estree').Node} */ (identifier));
  return [...new Set([...nodes, .../** @type {import('estree').Node[]} */ (members)])];
}
