import { theyHold } from './_holds.ts';

theyHold('doorbell', [
  ['a ring for something else takes no wake-up from a thread parked in its event loop', 'inLoop'],
  ['nor from one that blocks', 'blocked'],
  ['a thread that parks again and again hears every ring, in its event loop', 'again'],
  ['and blocked', 'againBlocked'],
  ['a thread that blocks hears what it also waits for in its event loop', 'both'],
  ['a ringer that dies takes no wake-up with it', 'ringerDies'],
]);
