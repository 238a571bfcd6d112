/**
 * `src` knows no runtime: what needs one goes through `src/runtime.ts`. Reports the globals of a host (the whole list
 * is below) and imports of built-in modules. With `{ nodeModules: true }`, for the layers that work with files,
 * processes and sockets on all three runtimes, `node:` imports are allowed; the globals are not. `packages` are those
 * that the layer stands on.
 */
import { usesOfGlobal } from './syntax.mjs';

const HOST_GLOBALS = [
  ...['process', 'Deno', 'Bun', 'Buffer', 'require', 'module', '__dirname', '__filename', 'global'],
  ...['window', 'self', 'document', 'navigator', 'Worker', 'performance', 'console'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
];

/** @type {import('eslint').Rule.RuleModule} */
const rule = {
  meta: {
    type: 'problem',
    schema: [
      {
        type: 'object',
        properties: { nodeModules: { type: 'boolean' }, packages: { type: 'array', items: { type: 'string' } } },
        additionalProperties: false,
      },
    ],
    messages: {
      global: "src knows no runtime: take what '{{name}}' gives from src/runtime.ts",
      module: "src knows no runtime: '{{name}}' may be imported by adapters and workers only",
    },
  },
  create(context) {
    const { nodeModules = false, packages = [] } = context.options[0] ?? {};

    /** @param {import('estree').Node | null | undefined} source */
    const checkSource = (source) => {
      if (source?.type !== 'Literal') return;
      const name = String(source.value);
      if (name.startsWith('.') || (nodeModules && name.startsWith('node:')) || packages.includes(name)) return;
      context.report({ node: source, messageId: 'module', data: { name } });
    };

    return {
      ImportDeclaration: (node) => checkSource(node.source),
      ExportNamedDeclaration: (node) => checkSource(node.source),
      ExportAllDeclaration: (node) => checkSource(node.source),
      ImportExpression: (node) => checkSource(node.source),
      'Program:exit'() {
        for (const name of HOST_GLOBALS) {
          for (const node of usesOfGlobal(context.sourceCode, name)) {
            context.report({ node, messageId: 'global', data: { name } });
          }
        }
      },
    };
  },
};

export default rule;
