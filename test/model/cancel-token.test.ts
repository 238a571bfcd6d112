import { theyHold } from './_holds.ts';

theyHold('cancel-token', [
  ['of two cancels one counts, and everyone knows', 'twoCancel'],
  ['whoever waits for a child is told of the cancel of its parent', 'parentCancelled'],
  ['a wait that is given up takes nothing from another', 'waitGivenUp'],
  ['the first of a child and an event takes the event or leaves it', 'firstOfChildAndEvent'],
  ['a thread that dies while it cancels has cancelled for everyone, or not at all', 'cancellerDies'],
  ['a thread that dies while it waits keeps nobody from going on', 'waiterDies'],
  ['a deadline and a cancel make one end, which everyone sees', 'deadlineAwaited'],
  ['also who blocks until then', 'deadlineBlocked'],
  ['the wait for a token that is disposed is rejected', 'disposed'],
]);
