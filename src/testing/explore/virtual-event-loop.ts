/**
 * Replaces timers and clocks in a thread under test, while a schedule runs there: a timer fires when the search says
 * so. What else brings a turn of the event loop (message ports, streams, dynamic imports) is not modelled and must not
 * be used by a scenario.
 */
import type { Puppet } from './puppet.ts';

type Callback = (...args: unknown[]) => void;

/** What the code under test calls by name. */
const scope = globalThis as unknown as Record<string, (...args: unknown[]) => unknown>;

/** The turn of the event loop that the explorer itself uses. */
export const realSetImmediate: (callback: () => void) => unknown = scope.setImmediate as typeof realSetImmediate;

/** Patches the timer functions and clocks for as long as this thread lives. */
export function installVirtualEventLoop(current: () => Puppet | undefined): void {
  const add = (name: 'setTimeout' | 'setInterval' | 'setImmediate'): void => {
    const real = scope[name] as (...args: unknown[]) => unknown;
    scope[name] = (callback: unknown, ...rest: unknown[]): unknown => {
      const puppet = current();
      if (puppet?.live !== true) return real(callback, ...rest);
      const delayMs = name === 'setImmediate' ? 0 : Number(rest[0] ?? 0);
      const args = name === 'setImmediate' ? rest : rest.slice(1);
      return new VirtualTimer(puppet, callback as Callback, delayMs, args, name === 'setInterval');
    };
  };
  const remove = (name: 'clearTimeout' | 'clearInterval' | 'clearImmediate'): void => {
    const real = scope[name] as (...args: unknown[]) => unknown;
    scope[name] = (timer: unknown): unknown => (timer instanceof VirtualTimer ? timer.close() : real(timer));
  };
  add('setTimeout');
  add('setInterval');
  add('setImmediate');
  remove('clearTimeout');
  remove('clearInterval');
  remove('clearImmediate');
  const realTimeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms: number): AbortSignal => {
    if (current()?.live !== true) return realTimeout(ms);
    const controller = new AbortController();
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    scope.setTimeout?.(() => controller.abort(reason), ms);
    return controller.signal;
  };
  for (const clock of [scope.performance, Date] as unknown as Array<{ now(): number }>) {
    const real = clock.now.bind(clock);
    Object.defineProperty(clock, 'now', {
      configurable: true,
      writable: true,
      value: () => {
        const puppet = current();
        return puppet?.live !== true ? real() : puppet.timers.now();
      },
    });
  }
}

/** Who sets a timer this long wants to hold the event loop, not to be called back: it never fires. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

class VirtualTimer {
  readonly #start: () => () => void;
  #cancel: () => void;

  constructor(puppet: Puppet, callback: Callback, delayMs: number, args: unknown[], repeats: boolean) {
    puppet.usedEventLoop = true;
    const fire = (): void => {
      if (repeats) this.#cancel = this.#start();
      callback(...args);
    };
    this.#start = () => (delayMs >= LONGEST_DELAY_MS ? () => {} : puppet.timers.add(delayMs, fire));
    this.#cancel = this.#start();
  }

  close(): void {
    this.#cancel();
  }

  refresh(): this {
    this.#cancel();
    this.#cancel = this.#start();
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
