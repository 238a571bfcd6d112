import { tester } from './_rule-tester.ts';
import rule from './no-poll-loop.mjs';

const loop = [{ messageId: 'loop' }];

tester.run('no-poll-loop', rule, {
  valid: [
    'for await (const item of items) use(item);',
    'for (const item of items) await use(item);',
    'while (!ready) await once(emitter, "change");',
    'while (true) { const item = await channel.receive(); use(item); }',
    'for (;;) { await event.wait({ signal }); }',
    'setTimeout(retry, backoff);',
    'const hold = setInterval(() => {}, 2 ** 30);',
    'poller.setInterval(100);',
    'function start() { setTimeout(stop, 10); }',
    // The await belongs to a function of its own, which the loop only makes.
    'while (more()) list.push(async () => { await new Promise((resolve) => setImmediate(resolve)); });',
    'expect(await value()).toBe(1);',
  ],
  invalid: [
    { code: 'setInterval(check, 10);', errors: [{ messageId: 'interval' }] },
    { code: 'globalThis.setInterval(check, 10);', errors: [{ messageId: 'interval' }] },
    { code: 'globalThis.setInterval(check);', errors: [{ messageId: 'interval' }] },
    { code: 'function check() { if (!done()) setTimeout(check, 10); }', errors: [{ messageId: 'reschedules' }] },
    { code: 'const check = () => { if (!done()) setImmediate(check); };', errors: [{ messageId: 'reschedules' }] },
    { code: 'while (!done) await new Promise((resolve) => setImmediate(resolve));', errors: loop },
    { code: 'do { await new Promise((r) => { setTimeout(r, 5); }); } while (!done);', errors: loop },
    { code: 'for (;;) { if (done) break; await Promise.resolve(); }', errors: loop },
    { code: 'for (let i = 0; i < 100; i++) { if (done) break; await sleep(interval); }', errors: loop },
    { code: 'while (!done) await scheduler.yield();', errors: loop },
    { code: 'await vi.waitFor(() => expect(x).toBe(1));', errors: [{ messageId: 'helper' }] },
    { code: 'await vi.waitUntil(() => x === 1);', errors: [{ messageId: 'helper' }] },
    { code: 'await expect.poll(() => x).toBe(1);', errors: [{ messageId: 'helper' }] },
  ],
});
