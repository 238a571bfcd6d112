/** What a random program can leave, found without threads: every state that interleaving can reach is walked once. */
import { type Step, WORDS } from './scenarios/random.ts';

interface Thread {
  readonly results: Array<number | string>;
  /** The word it waits on, or -1. */
  waitsOn: number;
  isWoken: boolean;
}

interface State {
  readonly memory: number[];
  readonly waiters: number[][];
  readonly threads: Thread[];
}

/** The results of all threads, as JSON, for every way to interleave the program and to let its waits time out. */
export function possibleResults(program: readonly (readonly Step[])[]): Set<string> {
  const seen = new Set<string>();
  const results = new Set<string>();
  const visit = (text: string): void => {
    if (seen.has(text)) return;
    seen.add(text);
    const states = program.flatMap((steps, thread) => nextState(JSON.parse(text) as State, thread, steps) ?? []);
    const { threads: final } = JSON.parse(text) as State;
    if (states.length === 0) results.add(JSON.stringify(final.map((each) => each.results)));
    for (const state of states) visit(JSON.stringify(state));
  };
  const threads = program.map((): Thread => ({ results: [], waitsOn: -1, isWoken: false }));
  const waiters = Array.from({ length: WORDS }, () => []);
  visit(JSON.stringify({ memory: waiters.map(() => 0), waiters, threads } satisfies State));
  return results;
}

/** The state after the thread's next step, or undefined if it has none. */
function nextState(state: State, number: number, steps: readonly Step[]): State | undefined {
  const { memory, waiters, threads } = state;
  const thread = threads[number] as Thread;
  const { results } = thread;
  if (thread.waitsOn >= 0) {
    results.push(thread.isWoken ? 'ok' : 'timed-out');
    waiters[thread.waitsOn] = (waiters[thread.waitsOn] ?? []).filter((waiter) => waiter !== number);
    thread.waitsOn = -1;
    thread.isWoken = false;
    return state;
  }
  const step = steps[results.length];
  if (step === undefined) return undefined;
  const { operation, word } = step;
  const before = memory[word] as number;
  switch (operation) {
    case 'wait':
      if (before !== 0) results.push('not-equal');
      else {
        waiters[word]?.push(number);
        thread.waitsOn = word;
      }
      return state;
    case 'notify': {
      const woken = waiters[word]?.shift();
      results.push(woken === undefined ? 0 : 1);
      if (woken !== undefined) (threads[woken] as Thread).isWoken = true;
      return state;
    }
    case 'add':
      memory[word] = before + 1;
      break;
    case 'exchange':
      memory[word] = 3;
      break;
    case 'compareExchange':
      if (before === 0) memory[word] = 2;
  }
  results.push(before);
  return state;
}
