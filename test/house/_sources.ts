/** The shipped source files and what they import. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** Relative to the root: `src/signal/doorbell.ts`. */
  readonly path: string;
  /** The files of the project that it imports, relative to the root. */
  readonly imports: readonly string[];
  /** Those of `imports` that are left when the types are erased. */
  readonly loads: readonly string[];
  /** The packages and built-in modules that it imports, by name. */
  readonly packages: readonly string[];
}

/** Every source file under `folders`. */
export function sourceFiles(folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => describeSource(join(folder, name))),
  );
}

function describeSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const names = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const erased = typeOnlyImports(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  const resolved = (name: string): string => relative(ROOT, join(ROOT, dirname(path), name));
  return {
    path,
    imports: names.filter(isRelative).map(resolved),
    loads: names.filter((name) => isRelative(name) && !erased.has(name)).map(resolved),
    packages: names.filter((name) => !isRelative(name)),
  };
}

/** What a file imports with `import type` or `export type` and in no other way. */
function typeOnlyImports(source: ts.SourceFile): Set<string> {
  const erased = new Set<string>();
  const loaded = new Set<string>();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    if (statement.moduleSpecifier === undefined || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const isTypeOnly = ts.isImportDeclaration(statement) ? statement.importClause?.isTypeOnly : statement.isTypeOnly;
    (isTypeOnly === true ? erased : loaded).add(statement.moduleSpecifier.text);
  }
  return new Set([...erased].filter((name) => !loaded.has(name)));
}

function isRelative(name: string): boolean {
  return name.startsWith('.');
}
