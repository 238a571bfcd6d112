/**
 * Every kind of primitive: one among a task's arguments arrives as itself, also where the task's module imports none. A
 * thread loads this when it meets the first that it does not know.
 */
import '../src/channel/channel.ts';
import '../src/channel/topic.ts';
import '../src/pacing/rate-limiter.ts';
import '../src/lifecycle/cancel-token.ts';
import '../src/signal/auto-reset-event.ts';
import '../src/signal/barrier.ts';
import '../src/signal/condition.ts';
import '../src/signal/latch.ts';
import '../src/signal/manual-reset-event.ts';
import '../src/signal/mutex.ts';
import '../src/signal/once.ts';
import '../src/signal/read-write-lock.ts';
import '../src/signal/semaphore.ts';
import '../src/signal/wait-group.ts';
