/**
 * Where a signal can be had, nothing may ask again and again. Reports intervals, functions that schedule themselves,
 * loops that await a turn of the event loop or a sleep, and the polling helpers of the test runner.
 */
import { isCallOf, isFunction, isLoop, nameOfCallee, propertyName } from './syntax.mjs';

const TURNS = /^(setTimeout|setImmediate|queueMicrotask|nextTick|requestAnimationFrame)$/;
const POLLING_HELPERS = ['vi.waitFor', 'vi.waitUntil', 'expect.poll'];

/** @type {import('eslint').Rule.RuleModule} */
const rule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      interval: 'setInterval polls: wait for the change itself',
      reschedules: "'{{name}}' schedules itself with {{timer}}, which polls: wait for the change itself",
      loop: 'This loop awaits {{what}}, which polls: wait for the change itself',
      helper: '{{what}} polls: wait for the change itself',
    },
  },
  create(context) {
    /** @param {import('estree').Node} node */
    const ancestors = (node) => context.sourceCode.getAncestors(node).reverse();

    /** Whether `node` runs in a loop of its own function. @param {import('estree').Node} node */
    const inLoop = (node) => {
      for (const ancestor of ancestors(node)) {
        if (isLoop(ancestor)) return true;
        if (isFunction(ancestor)) return false;
      }
      return false;
    };

    return {
      CallExpression(node) {
        // An interval that does nothing only holds the event loop.
        if (isCallOf(node, 'setInterval') && !isEmptyFunction(node.arguments[0]) && !setsAnInterval(node))
          context.report({ node, messageId: 'interval' });
        if (node.callee.type === 'MemberExpression' && node.callee.object.type === 'Identifier') {
          const what = `${node.callee.object.name}.${propertyName(node.callee)}`;
          if (POLLING_HELPERS.includes(what)) context.report({ node, messageId: 'helper', data: { what } });
        }
        const timer = nameOfCallee(node.callee);
        const [callback] = node.arguments;
        if (timer !== undefined && TURNS.test(timer) && callback?.type === 'Identifier') {
          const enclosing = ancestors(node).find(
            (ancestor) => isFunction(ancestor) && nameOf(ancestor) === callback.name,
          );
          if (enclosing) context.report({ node, messageId: 'reschedules', data: { name: callback.name, timer } });
        }
      },
      AwaitExpression(node) {
        if (!inLoop(node)) return;
        const what = turn(context.sourceCode, node.argument);
        if (what !== undefined) context.report({ node, messageId: 'loop', data: { what } });
      },
    };
  },
};

/**
 * What kind of empty turn an awaited expression is, if it is one.
 *
 * @param {import('eslint').SourceCode} sourceCode
 * @param {import('estree').Expression} awaited
 */
function turn(sourceCode, awaited) {
  if (awaited.type === 'NewExpression' && awaited.callee.type === 'Identifier' && awaited.callee.name === 'Promise') {
    const found = /\b(setTimeout|setImmediate|queueMicrotask|nextTick)\s*\(/.exec(sourceCode.getText(awaited));
    return found?.[1];
  }
  if (awaited.type !== 'CallExpression' || awaited.callee.type === 'Super') return undefined;
  const name = nameOfCallee(awaited.callee);
  if (name !== undefined && /^(sleep|delay|nextTurn|setImmediate|setTimeout|yield)$/.test(name)) return `${name}()`;
  return sourceCode.getText(awaited) === 'Promise.resolve()' ? 'Promise.resolve()' : undefined;
}

/** @param {import('estree').Node | undefined} node */
function isEmptyFunction(node) {
  return node !== undefined && isFunction(node) && node.body.type === 'BlockStatement' && node.body.body.length === 0;
}

/**
 * Whether `node` sets the interval of something (`poller.setInterval(100)`), rather than a timer.
 *
 * @param {import('estree').CallExpression} node
 */
function setsAnInterval({ callee, arguments: given }) {
  if (callee.type !== 'MemberExpression' || given.length !== 1) return false;
  return callee.object.type !== 'Identifier' || !/^(globalThis|window|self|timers)$/.test(callee.object.name);
}

/** @param {import('estree').Node} node */
function nameOf(node) {
  if ('id' in node && node.id?.type === 'Identifier') return node.id.name;
  const { parent } = /** @type {{ parent?: import('estree').Node }} */ (node);
  return parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier' ? parent.id.name : undefined;
}

export default rule;
