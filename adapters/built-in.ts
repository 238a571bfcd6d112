/**
 * Built-in modules on first use: to import one statically costs a thread that starts up to 0.3 ms, needed or not.
 *
 * Bun's early releases lack `process.getBuiltinModule`; `import.meta.require` they have.
 */
type GetBuiltIn = typeof process.getBuiltinModule;

const { getBuiltinModule } = process as { readonly getBuiltinModule?: GetBuiltIn };

/** The built-in module of that name, as in `builtIn('node:os')`. */
export const builtIn: GetBuiltIn = getBuiltinModule ?? (import.meta as unknown as { require: GetBuiltIn }).require;
