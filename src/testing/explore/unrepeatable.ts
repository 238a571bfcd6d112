/** Says that a schedule, run again, took another course. */
export function unrepeatable(step?: number): Error {
  const at = step === undefined ? '' : ` at step ${step}`;
  return new Error(
    `The same schedule took another course${at}: the code under test depends ` +
      'on something that outlives a schedule (module state, a cache, the clock, randomness); reset it in attach()',
  );
}
