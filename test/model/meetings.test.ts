import { theyHold } from './_holds.ts';

theyHold('latches', [
  ['a latch opens for everyone once all have counted down', 'counted'],
  ['a thread that dies while it counts has counted and told everyone, or has not', 'counterDies'],
  ['a wait for a latch or an event takes the event only if it says so', 'latchOrEvent'],
  ['a wait group is waited for until the last one is done', 'group'],
  ['who waited when a group was empty goes on although it grew again', 'groupReused'],
  ['a thread that dies while it ends the last one leaves nobody waiting', 'lastDies'],
]);

theyHold('barriers', [
  ['two meet, again and again, and each time one of them leads', 'rounds'],
  ['flows of one thread meet a thread that blocks', 'flows'],
  ['a cancelled wait has not come, or all have met', 'cancelled'],
  ['so has one that times out, also where it blocks', 'timedOut'],
  ['who waits for a thread that dies has met it, or is told', 'partyDies'],
  ['the arrival of a thread that dies is not left behind', 'partyOfThreeDies'],
  ['all who survive it are told the same', 'oneOfThreeDies', 0],
  ['of a barrier and a permit only one is had', 'orPermit'],
  ['and neither by a wait that is cancelled', 'orPermitCancelled'],
]);

theyHold('once', [
  ['one of two does it, and the other one waits until it is done', 'oneOfTwo'],
  ['where it failed the next one does it', 'failed'],
  ['a cancelled wait leaves it to be done', 'cancelled'],
  ['a thread that dies at it hands it on', 'runnerDies'],
]);

theyHold('permits', [
  ['a semaphore that grows lets those go who wait', 'grown'],
  ['one that is resized by two threads at once has as many permits as it says', 'resizedTwice'],
  ['a thread that dies while it adds permits adds none too many', 'growerDies'],
  ['nor does one that dies while it takes some away', 'shrinkerDies'],
]);
