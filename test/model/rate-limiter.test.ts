import { theyHold } from './_holds.ts';

theyHold('rate-limiter', [
  ['several take what is there, and no more', 'taken'],
  ['each waits until it has its own', 'waiting'],
  ['a cancelled wait takes nothing, and leaves nothing reserved', 'cancelled'],
  ['a reservation is never hidden from those who come later', 'hidden'],
  ['a thread that dies while it waits holds up nobody', 'waiterDies'],
]);
