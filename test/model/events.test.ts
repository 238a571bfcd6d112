import { afterAll } from 'vitest';
import { theyHold } from './_holds.ts';
import { closeThreads } from './explore.ts';

afterAll(closeThreads);

theyHold('events', [
  ['a manual-reset event lets everyone go, however they wait', 'manual'],
  ['one that is reset at once still lets go those who waited', 'pulsed'],
  ['a thread that dies while it sets an event leaves it set and known, or not set', 'setterDies'],
  ['an auto-reset event lets one go for each time it is set', 'relay'],
  ['a cancelled wait leaves it to the other waiter', 'autoCancelled'],
  ['so does one that times out', 'autoTimedOut'],
  ['and one whose thread dies', 'autoWaiterDies'],
  ['the wait for the first of two takes one of them down', 'firstOfTwo'],
  ['a cancelled wait for the first takes nothing', 'firstCancelled'],
  ['a blocking wait for the first takes only what it returns', 'firstBlocked'],
  ['a thread may block for one thing while it waits for another', 'blockedMeanwhile'],
  ['the wait for an event that is disposed is rejected', 'disposed'],
]);
