import { installRuntime } from '../../src/runtime.ts';
import { FakeTime } from './_fake-time.ts';
import { testRuntime } from '../support/install-runtime.ts';

/** Runs `body` with a clock and timers that move when told. */
export async function withFakeTime(body: (time: FakeTime) => Promise<void>): Promise<void> {
  const time = new FakeTime();
  installRuntime({
    ...testRuntime,
    now: () => time.now(),
    setTimer: (callback, ms) => time.setTimer(callback, ms),
  });
  try {
    await body(time);
  } finally {
    installRuntime(testRuntime);
  }
}
