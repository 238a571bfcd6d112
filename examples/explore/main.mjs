// Runs a lock under every schedule of two threads, finds the one that loses a wake-up, and shows that the repaired one
// has none:
//
//     node examples/explore/main.mjs
import { explore } from 'reveille/testing';

for (const name of ['broken', 'repaired']) {
  const { failure, schedules, exhausted } = await explore(new URL(`./ticket-lock.mjs#${name}`, import.meta.url));
  if (failure !== undefined) console.log(`${name}: ${failure.kind} in schedule ${schedules}\n\n${failure.trace}\n`);
  else console.log(`${name}: holds under ${exhausted ? 'all ' : ''}${schedules} schedules`);
}
