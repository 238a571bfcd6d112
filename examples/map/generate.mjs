/**
 * Writes users as NDJSON, one in a thousand of them with a wrong address, to try `reveille map` on:
 *
 *     node examples/map/generate.mjs 10000 > users.ndjson
 *     npx reveille map examples/map/tasks.mjs --input users.ndjson --output pseudonyms.ndjson --errors wrong.ndjson
 */
import { once } from 'node:events';
import process from 'node:process';

const users = Number(process.argv[2] ?? 1_000);
for (let id = 1; id <= users; id++) {
  const email = id % 1_000 === 0 ? `user ${id}` : `user${id}@example.org`;
  if (!process.stdout.write(`${JSON.stringify({ id, email })}\n`)) await once(process.stdout, 'drain');
}
