/** What a pool's thread needs once its module is loaded: to run tasks, and to carry values. */
// A primitive among a task's arguments arrives as itself, also where the module imports none.
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

export { tuneCodec } from '../adapters/codec-tuning.ts';
export { arrivedValue, carried } from '../src/scheduler/message-lane.ts';
export { toErrorRecord } from '../src/channel/codec/error-record.ts';
export { agreeOnClock } from '../src/scheduler/thread/clock-agreement.ts';
export { TaskLoop } from '../src/scheduler/thread/task-loop.ts';
