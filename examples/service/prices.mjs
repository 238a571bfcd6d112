/** The service: the prices of one share, tick by tick, and orders for it. It runs in a process of its own. */
import { appendFileSync } from 'node:fs';
import process from 'node:process';

export default class Prices {
  #journal;

  /** @param {{ journal: string }} options - `journal`: the file that has the orders, one a line */
  constructor({ journal }) {
    this.#journal = journal;
  }

  /**
   * The ticks from a number on: who was cut off goes on with the one after the last that it has seen.
   *
   * @param {number} from
   */
  async *ticks(from) {
    for (let number = from; ; number++) yield { number, price: priceAt(number), pid: process.pid };
  }

  /**
   * May be asked again: to ask changes nothing.
   *
   * @param {number} number
   */
  quote(number) {
    return priceAt(number);
  }

  /**
   * Must not be placed twice. Once this has returned, the order stands.
   *
   * @param {string} id
   */
  order(id) {
    appendFileSync(this.#journal, `${id}\n`);
    return id;
  }
}

/**
 * The same in every run, so that everybody can check it.
 *
 * @param {number} number
 */
export function priceAt(number) {
  return 100 + ((number * 7919) % 97);
}
