/**
 * Only the arena's file of atomic operations touches shared words, and only the doorbell parks and wakes threads:
 * protocols can then be read, and explored, in one place each. The option says what a file may use: `nothing` (the
 * default), `words` (everything but parking) or `parking` (`wait`, `waitAsync`, `notify`).
 */
import { propertyName, usesOfGlobal } from './syntax.mjs';

const PARKING = ['wait', 'waitAsync', 'notify'];

/** @type {import('eslint').Rule.RuleModule} */
const rule = {
  meta: {
    type: 'problem',
    schema: [{ enum: ['nothing', 'words', 'parking'] }],
    messages: {
      atomics:
        'Atomics stays in its layer: take loads, stores and exchanges from src/memory/atomic.ts, park at a Doorbell',
      parking: 'Atomics.{{name}} belongs to src/signal/doorbell.ts: nothing else may park or wake a thread',
      words: 'Atomics.{{name}} belongs to src/memory/atomic.ts: import it from there',
    },
  },
  create(context) {
    const allowed = context.options[0] ?? 'nothing';
    return {
      'Program:exit'() {
        for (const node of usesOfGlobal(context.sourceCode, 'Atomics')) {
          if (allowed === 'nothing') {
            context.report({ node, messageId: 'atomics' });
            continue;
          }
          const name = memberOf(node);
          if (name === undefined) {
            if (allowed === 'parking') context.report({ node, messageId: 'atomics' });
          } else if (PARKING.includes(name) !== (allowed === 'parking')) {
            context.report({ node, messageId: allowed === 'parking' ? 'words' : 'parking', data: { name } });
          }
        }
      },
    };
  },
};

/** The operation taken from `Atomics`, where it is taken by name. @param {import('estree').Node} node */
function memberOf(node) {
  const { parent } = /** @type {{ parent?: import('estree').Node }} */ (node);
  return parent?.type === 'MemberExpression' && parent.object === node ? propertyName(parent) : undefined;
}

export default rule;
