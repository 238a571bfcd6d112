/**
 * A wait must be a wait on a fact. Reports what waits for a length of time instead: a promise that a timer resolves,
 * `node:timers/promises`, `scheduler.wait`, `promisify(setTimeout)`, `Bun.sleep`, an `Atomics.wait` on memory that
 * nobody else can reach, and calls of `sleep` or `delay` with a number.
 */
import { isCallOf, isFunction, isNumber, nameOfCallee, propertyName } from './syntax.mjs';

/** @type {import('eslint').Rule.RuleModule} */
const rule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      sleep:
        '{{what}} waits for a length of time: wait on the fact itself (an event, an exit, a word in shared memory)',
    },
  },
  create(context) {
    /** @param {import('estree').Node} node @param {string} what */
    const report = (node, what) => context.report({ node, messageId: 'sleep', data: { what } });

    /** @param {import('estree').Node | null | undefined} source */
    const checkSource = (source) => {
      if (source?.type === 'Literal' && /^(node:)?timers\/promises$/.test(String(source.value))) {
        report(source, `'${source.value}'`);
      }
    };

    return {
      ImportDeclaration: (node) => checkSource(node.source),
      ExportNamedDeclaration: (node) => checkSource(node.source),
      ExportAllDeclaration: (node) => checkSource(node.source),
      ImportExpression: (node) => checkSource(node.source),
      CallExpression(node) {
        const [argument] = node.arguments;
        if (isCallOf(node, 'require')) checkSource(argument);
        if (isCallOf(node, 'setTimeout') && resolvesPromise(context, node, argument)) {
          report(node, 'A promise that a timer resolves');
        }
        if (isCallOf(node, 'promisify') && argument !== undefined && nameOfCallee(argument) === 'setTimeout') {
          report(node, 'A promisified setTimeout');
        }
        if (node.callee.type === 'MemberExpression' && node.callee.object.type === 'Identifier') {
          const called = `${node.callee.object.name}.${propertyName(node.callee)}`;
          if (['scheduler.wait', 'Bun.sleep', 'Bun.sleepSync'].includes(called)) report(node, called);
          // Memory made on the spot is reachable by nobody else: only the timeout can end this wait.
          if (/^Atomics\.wait(Async)?$/.test(called) && argument?.type === 'NewExpression') {
            report(node, `${called} on memory that nobody shares`);
          }
        }
        if (
          node.callee.type === 'Identifier' &&
          /^(sleep|sleepSync|delay)$/.test(node.callee.name) &&
          isNumber(argument)
        ) {
          report(node, node.callee.name);
        }
      },
    };
  },
};

/**
 * Whether `timer` calls back a promise's `resolve`: `setTimeout(resolve, n)`, or a callback that calls it, anywhere
 * inside the promise's executor.
 *
 * @param {import('eslint').Rule.RuleContext} context
 * @param {import('estree').CallExpression} timer
 * @param {import('estree').Node | undefined} callback
 */
function resolvesPromise(context, timer, callback) {
  const text = context.sourceCode.getText(callback);
  return context.sourceCode.getAncestors(timer).some((ancestor) => {
    if (!isFunction(ancestor) || !isPromiseExecutor(ancestor)) return false;
    const [resolve] = ancestor.params;
    return resolve?.type === 'Identifier' && new RegExp(`(?<![\\w$.])${resolve.name}(?![\\w$])`).test(text);
  });
}

/** @param {import('estree').Function} node */
function isPromiseExecutor(node) {
  const { parent } = /** @type {import('estree').Function & { parent?: import('estree').Node }} */ (node);
  return (
    parent?.type === 'NewExpression' &&
    parent.callee.type === 'Identifier' &&
    parent.callee.name === 'Promise' &&
    /** @type {unknown} */ (parent.arguments[0]) === node
  );
}

export default rule;
