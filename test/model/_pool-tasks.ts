/** The tasks of the pools in scenarios. Each gets one number. */
let words: Int32Array = new Int32Array(1);
let barrier = 0;

/** Where the tasks of this thread find each other: the index of a word. */
export const meetAt = (tested: Int32Array, word: number): void => {
  words = tested;
  barrier = word;
};

export function double(value: number): number {
  return value * 2;
}

/** Goes on once as many as told run at the same time, on threads of their own. */
export function meet(count: number): number {
  Atomics.add(words, barrier, 1);
  Atomics.notify(words, barrier);
  for (let here = Atomics.load(words, barrier); here < count; here = Atomics.load(words, barrier)) {
    Atomics.wait(words, barrier, here);
  }
  return count;
}
