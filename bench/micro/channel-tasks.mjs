// The other end of bench/micro/channel.mjs: receives `count` messages and tells how many were not the next one.

/** @param {unknown} message */
const numberOf = (message) => (typeof message === 'number' ? message : /** @type {{ id: number }} */ (message).id);

/** @param {import('reveille').Channel} channel */
export async function receiveInLoop(channel) {
  let next = 0;
  let wrong = 0;
  for await (const message of channel) if (numberOf(message) !== next++) wrong++;
  return { received: next, wrong };
}

/** @param {import('reveille').Channel} channel @param {number} count */
export function receiveBlocking(channel, count) {
  let wrong = 0;
  for (let next = 0; next < count; next++) if (numberOf(channel.receiveSync()) !== next) wrong++;
  return { received: count, wrong };
}

/** @param {import('reveille').Channel} channel @param {number} count @param {boolean} isObject */
export function sendBlocking(channel, count, isObject) {
  for (let id = 0; id < count; id++) channel.sendSync(isObject ? { id, name: 'message', score: id / 7, ok: true } : id);
}
