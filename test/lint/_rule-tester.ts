/** ESLint's own tester of rules, reporting to vitest and reading TypeScript. */
import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, it } from 'vitest';

RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

export const tester: RuleTester = new RuleTester({
  languageOptions: { parser: tseslint.parser as never, sourceType: 'module' },
});
