import rule from './atomics-in-their-layer.mjs';
import { tester } from './_rule-tester.ts';

tester.run('atomics-in-their-layer', rule, {
  valid: [
    'import { load } from "../memory/atomic.ts"; load(words, 0);',
    'const Atomics = { load() {} }; Atomics.load();',
    'object.Atomics.load();',
    { code: 'export const load: typeof Atomics.load = Atomics.load;', options: ['words'] },
    { code: 'const { pause } = Atomics as typeof Atomics & { pause?: () => void };', options: ['words'] },
    { code: 'Atomics.wait(w, 0, 0); Atomics.waitAsync(w, 0, 0); Atomics.notify(w, 0);', options: ['parking'] },
  ],
  invalid: [
    { code: 'Atomics.load(words, 0);', errors: [{ messageId: 'atomics' }] },
    { code: 'globalThis.Atomics.load(words, 0);', errors: [{ messageId: 'atomics' }] },
    { code: 'const { load } = Atomics;', errors: [{ messageId: 'atomics' }] },
    { code: 'Atomics.wait(words, 0, 0);', options: ['words'], errors: [{ messageId: 'parking' }] },
    { code: 'Atomics["notify"](words, 0);', options: ['words'], errors: [{ messageId: 'parking' }] },
    { code: 'Atomics.add(words, 0, 1);', options: ['parking'], errors: [{ messageId: 'words' }] },
    { code: 'const { add } = Atomics;', options: ['parking'], errors: [{ messageId: 'atomics' }] },
  ],
});
