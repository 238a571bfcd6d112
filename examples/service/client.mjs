/** What each of the clients does, wherever it is, and what it keeps count of. */
import { PeerGoneError } from 'reveille/rpc';
import { priceAt } from './prices.mjs';

/** How often the others are told, in ticks; and how often something else is done than reading them. */
const EVERY = 20;

/**
 * Reads ticks, asks for quotes and places orders until it is told to stop. The service may go and come back.
 *
 * @param {import('reveille/rpc').ReconnectingClient<import('./prices.mjs').default>} client
 * @param {{ name: string, onProgress: (ticks: number, pid: number) => void, isOver: () => boolean }} options
 */
export async function trade({ remote }, { name, onProgress, isOver }) {
  const count = {
    name,
    ticks: 0,
    gaps: 0,
    resumed: 0,
    quotes: 0,
    wrong: 0,
    orders: /** @type {string[]} */ ([]),
    unsure: 0,
  };
  while (!isOver()) {
    try {
      for await (const { number, price, pid } of await remote.ticks(count.ticks + 1)) {
        if (number !== count.ticks + 1 || price !== priceAt(number)) count.gaps++;
        count.ticks++;
        if (count.ticks % EVERY !== 0) continue;
        onProgress(EVERY, pid);
        await quoteAndOrder();
        if (isOver()) break;
      }
    } catch (error) {
      // The stream ended with the run that it was from. It goes on with the next tick.
      if (!(error instanceof PeerGoneError)) throw error;
      count.resumed++;
    }
  }
  return count;

  async function quoteAndOrder() {
    const asked = count.ticks;
    const id = `${name}-${asked}`;
    // Asked again by itself if the service dies: it is idempotent.
    const quote = remote.quote(asked).then((price) => {
      count.quotes++;
      if (price !== priceAt(asked)) count.wrong++;
    });
    // Not placed again: nobody knows whether it stands.
    const order = remote.order(id).then(
      () => void count.orders.push(id),
      () => void count.unsure++,
    );
    await Promise.all([quote, order]);
  }
}
