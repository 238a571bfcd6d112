import { theyHold } from './_holds.ts';

theyHold('semaphore', [
  ['one permit lets one thread in, and everyone gets it in the end', 'blocking'],
  ['a cancelled wait takes no permit and no wake-up with it', 'cancelled'],
  ['a thread that dies takes no wake-up with it', 'abandoned'],
]);

theyHold('permits', [
  ['one that wants all goes on beside one that wants one at a time', 'allOrOne'],
  ['also where three threads want some', 'allOrOneOfThree', 2, 0],
  ['permits that come one by one add up', 'weights'],
  ['for three as well', 'moreWeightsInFlows', 2, 0],
  ['while there is never enough for one, the other goes on', 'neverEnough', 0],
  ['a cancelled wait lets the one behind it go on', 'cancelledBefore'],
  ['a wait that is cancelled at any step takes no permit', 'cancelled'],
  ['another one has it then', 'cancelledOfTwo', 2, 0],
  ['nor does one that times out', 'timedOut', 1],
  ['also where it blocks', 'timedOutBlocked', 1],
  ['a waiter that dies keeps at most what it had', 'waiterDies'],
  ['a thread that dies while it gives a permit loses nobody a wake-up', 'giverDies'],
  ['the wait for a semaphore that is disposed is rejected', 'disposed'],
]);
