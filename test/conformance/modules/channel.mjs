/** @typedef {{ producer: number, number: number }} Message */

/** @param {import('reveille').Channel<Message>} channel @param {number} producer @param {number} count */
export async function produce(channel, producer, count) {
  for (let number = 0; number < count; number++) await channel.send({ producer, number });
}

/** @param {import('reveille').Channel<Message>} channel */
export async function consume(channel) {
  /** @type {Message[]} */
  const messages = [];
  for await (const message of channel) messages.push(message);
  return messages;
}

/** @param {import('reveille').Channel<{ text: string, answers: import('reveille').Channel<string> }>} questions */
export async function answer(questions) {
  for await (const { text, answers } of questions) await answers.send(text.toUpperCase());
}

/** @param {import('reveille').Channel<number>} channel */
export function sumBlocking(channel) {
  let sum = 0;
  try {
    for (;;) sum += channel.receiveSync();
  } catch (error) {
    if (/** @type {{ code?: unknown }} */ (error).code !== 'ERR_CHANNEL_CLOSED') throw error;
    return sum;
  }
}

/** @param {import('reveille').Topic<number>} topic @param {import('reveille').Channel<null>} ready */
export async function hear(topic, ready) {
  const subscription = topic.subscribe();
  await ready.send(null);
  let sum = 0;
  for await (const number of subscription) sum += number;
  subscription[Symbol.dispose]();
  return sum;
}
