/** What a pool's thread needs once its module is loaded: to run tasks, and to carry values. */

export { tuneCodec } from '../adapters/codec-tuning.ts';
export { arrivedValue, carried } from '../src/scheduler/message-lane.ts';
export { toErrorRecord } from '../src/channel/codec/error-record.ts';
export { agreeOnClock } from '../src/scheduler/thread/clock-agreement.ts';
export { TaskLoop } from '../src/scheduler/thread/task-loop.ts';

export const loadPrimitives = (): Promise<unknown> => import('./primitives.ts');
