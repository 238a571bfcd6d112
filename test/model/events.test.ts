import { theyHold } from './_holds.ts';

theyHold('events', [
  ['a manual-reset event lets everyone go, however they wait', 'manual'],
  ['one that is reset at once still lets go those who waited', 'pulsed'],
  ['a thread that dies while it sets an event leaves it set and known, or not set', 'setterDies'],
  ['an auto-reset event lets one go for each time it is set', 'relay'],
  ['a cancelled wait leaves it to the other waiter', 'autoCancelled', 2, 0],
  ['so does one that times out', 'autoTimedOut', 2, 0],
  ['and one whose thread dies', 'autoWaiterDies', 2, 0],
  ['the wait for the first of two takes one of them down', 'firstOfTwo'],
  ['a cancelled wait for the first takes nothing', 'firstCancelled'],
  ['a blocking wait for the first takes only what it returns', 'firstBlocked'],
  ['a thread may block for one thing while it waits for another', 'blockedMeanwhile'],
  ['the wait for an event that is disposed is rejected', 'disposed'],
]);
