import { describe, expect, test } from 'vitest';
import '../support/install-runtime.ts';
import type { FallbackReport } from '../../src/testing/condition-options.ts';
import { waitForAttribute } from '../../src/testing/wait-for-attribute.ts';

/** Only events count: there is no last look when the time is over. */
const byEvents = { interval: false, timeout: Infinity } as const;

class Connection {
  state = 'closed';
  #secret = 0;
  get secret(): number {
    return this.#secret;
  }
  raise(): void {
    this.#secret++;
  }
}

describe('waitForAttribute', () => {
  test('notices an assignment as it happens', async () => {
    const connection = new Connection();
    const wait = waitForAttribute(connection, 'state', 'open', byEvents);
    connection.state = 'opening';
    connection.state = 'open';
    expect(await wait).toBe('open');
  });

  test('asks a function whether the value is right', async () => {
    const stats = { requests: 1 };
    const wait = waitForAttribute(stats, 'requests', (count) => count > 2, byEvents);
    stats.requests++;
    stats.requests++;
    expect(await wait).toBe(3);
  });

  test('leaves the property as it was, but for its value, however many waited for it', async () => {
    const connection = new Connection();
    Object.defineProperty(connection, 'state', {
      value: 'closed',
      enumerable: false,
      writable: true,
      configurable: true,
    });
    const before = Object.getOwnPropertyDescriptor(connection, 'state');
    const controller = new AbortController();
    const waits = [
      waitForAttribute(connection, 'state', 'open', byEvents),
      waitForAttribute(connection, 'state', 'broken', { ...byEvents, signal: controller.signal }),
    ];
    connection.state = 'open';
    await waits[0];
    controller.abort();
    await waits[1]?.catch(() => {});
    expect(Object.getOwnPropertyDescriptor(connection, 'state')).toEqual({ ...before, value: 'open' });
  });

  test('gives an object that inherits the property its own, as an assignment does', async () => {
    const base = { state: 'closed' };
    const heir = Object.create(base) as typeof base;
    const wait = waitForAttribute(base, 'state', 'open', byEvents);
    heir.state = 'broken';
    expect([base.state, heir.state]).toEqual(['closed', 'broken']);
    base.state = 'open';
    await wait;
    expect([base.state, heir.state]).toEqual(['open', 'broken']);
  });

  test('looks now and then at what nobody tells of: a getter, a property that is not there yet', async () => {
    const connection = new Connection() as Connection & { peer?: string };
    const reports: FallbackReport[] = [];
    const onFallback = (report: FallbackReport): void => void reports.push(report);
    const waits = [
      waitForAttribute(connection, 'secret', 1, { onFallback }),
      waitForAttribute(connection, 'peer', 'me', { onFallback }),
      waitForAttribute(connection, 'state', 'open', { onFallback, intercept: false }),
    ];
    connection.raise();
    connection.peer = 'me';
    connection.state = 'open';
    expect(await Promise.all(waits)).toEqual([1, 'me', 'open']);
    expect(reports.length).toBe(3);
  });

  test('says which values it has seen', async () => {
    const connection = new Connection();
    const wait = waitForAttribute(connection, 'state', 'open', { timeout: 10 });
    connection.state = 'broken';
    await expect(wait).rejects.toThrow(/'state' to be 'open'[^]*'closed'\n[^]*'broken'$/);
  });

  test('refuses what is no object', async () => {
    await expect(waitForAttribute(1 as never, 'x' as never, 1 as never)).rejects.toThrow(/'object' to be an object/);
  });
});
