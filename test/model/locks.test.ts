import { theyHold } from './_holds.ts';

theyHold('mutex', [
  ['a mutex lets one thread in at a time, and everyone gets it in the end', 'blocking'],
  ['however they wait', 'mixed'],
  ['also the flows of one thread', 'flows'],
  ['a cancelled wait takes neither the mutex nor a wake-up with it', 'cancelled'],
  ['nor does one that times out', 'timedOut'],
  ['of two that wait, one is cancelled: the other gets the mutex', 'cancelledOfTwo', 2, 0],
  ['an owner that dies at any step hands the mutex on', 'ownerDies'],
  ['also to one that waits in its event loop', 'ownerDiesInLoop'],
  ['also if it was rung for it, or had passed it on', 'eitherDies', 2, 0],
  ['a mutex that is given back unused still says that it was abandoned', 'givenBack'],
]);

theyHold('condition', [
  ['a change that is notified is not slept through by who blocks', 'blocking'],
  ['nor by who waits in the event loop', 'inLoop'],
  ['two flows of a thread are let go by two notifications', 'flows'],
  ['two threads are let go by two notifications', 'twoOfTwo', 2, 0],
  ['all are let go at once', 'everyone'],
  ['a wait that is cancelled at any step has the mutex again and keeps no notification', 'cancelled'],
  ['a wait that times out has the mutex again', 'timedOut'],
  ['of two that wait, one is cancelled: the notification is not', 'cancelledOfTwo', 2, 0],
  ['nor if a flow of the same thread is', 'cancelledFlow', 2, 0],
  ['a thread that dies with a notification does not keep it', 'waiterDies', 2, 0],
  ['what a thread changed that died before it notified is noticed', 'notifierDies', 2, 0],
]);

theyHold('read-write-lock', [
  ['a reader and a writer exclude each other', 'readerAndWriter'],
  ['also in event loops', 'inLoops'],
  ['so do two writers', 'twoWriters'],
  ['two readers and a writer all get their turn', 'readersAndWriter'],
  ['also flows of one thread', 'flows'],
  ['a thread that blocks to read goes before a writer of its own', 'claimReadPast'],
  ['or to write', 'claimWrittenPast'],
  ['what only tries keeps nobody out for good', 'tries'],
  ['also where two of them read and write', 'readerAndWriters', 2, 0],
  ['a writer that is cancelled at any step keeps nobody out', 'writerCancelled', 2, 0],
  ['a cancelled writer lets in the readers that it kept out', 'writerCancelledBefore'],
  ['a cancelled reader keeps no writer out', 'readerCancelled'],
  ['a reader that dies at any step keeps no writer out', 'readerDies'],
  ['a writer that dies at any step hands the lock on', 'writerDies'],
  ['also to another writer', 'writerDiesBeforeWriter', 2, 0],
]);
