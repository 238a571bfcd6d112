/**
 * Where the runtimes' structured clones differ. Each is asked once, when the first value of that sort is written: what
 * the codec cannot do as this runtime does goes by message instead.
 */

/** How errors are cloned: as the standard says, or so unless the cause is an object, or otherwise. */
export type ErrorClones = 'standard' | 'primitive causes' | 'otherwise';

let errors: ErrorClones | undefined;
let extraProperties: boolean | undefined;

export function errorClones(): ErrorClones {
  return (errors ??= askAboutErrors());
}

/** Whether a clone of a Map or Set keeps properties that were added to it (the standard drops them). */
export function refusesExtraProperties(): boolean {
  return (extraProperties ??= Object.keys(structuredClone(Object.assign(new Map(), { added: 1 }))).length > 0);
}

function askAboutErrors(): ErrorClones {
  const plain = structuredClone(new TypeError('message', { cause: 1 }));
  const names = Object.getOwnPropertyNames(plain).sort().join();
  // JavaScriptCore drops the cause and adds the place in the source.
  if (!(plain instanceof TypeError) || names !== 'cause,message,stack') return 'otherwise';
  try {
    // Node 20 numbers the objects of a clone differently on both sides once an error has an object for its cause.
    const looped = new Error('message');
    looped.cause = looped;
    return structuredClone(looped).cause instanceof Error ? 'standard' : 'primitive causes';
  } catch {
    return 'primitive causes';
  }
}
