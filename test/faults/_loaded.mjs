// A module to load: its code runs for a while, so that a thread is often ended in the midst of it.
export let sum = 0;
for (let i = 0; i < 20_000; i++) sum += i;
