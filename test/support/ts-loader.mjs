// Lets Node before 22.18 load `.ts` files, in the main thread and in every worker thread it starts
// (`node --import ./test/support/ts-loader.mjs`). A no-op on runtimes that read TypeScript by themselves.
import { register } from 'node:module';

const readsTypeScript = 'typescript' in process.features && Boolean(process.features.typescript);
if (!readsTypeScript) register(new URL('./ts-loader-hooks.mjs', import.meta.url));
