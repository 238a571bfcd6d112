import { describe } from 'vitest';
import { theyHold } from './_holds.ts';

describe('the queue', () => {
  theyHold('task-queue', [
    ['a withdrawn task is never claimed', 'withdrawn'],
    ['each task is claimed once while the ring goes round', 'wraps'],
    ['a reader that is laps behind claims nothing that is not there', 'wrapsTwice'],
    ['a slot that is used again is a new task', 'reused'],
    ['a task that was given to a thread is claimed by nobody', 'assigned'],
    ['a reader that dies leaves what it had not claimed', 'readerDies'],
    ['also while the ring goes round', 'readerDiesWrapping', 2, 0],
    ['completions come out in order, once each', 'completions'],
  ]);
});

describe('idle threads', () => {
  theyHold('idle-threads', [['a thread that is reserved does nothing else', 'reserved']]);
});
