import { afterAll } from 'vitest';
import { PREEMPTIONS } from '../support/scale.ts';
import { theyHold } from './_holds.ts';
import { closeThreads } from './explore.ts';

afterAll(closeThreads);

/** One fewer than others get: there are hundreds of steps in a call, and all that a death leaves is compared. */
const FEWER = PREEMPTIONS - 1;

theyHold('rpc-channel', [
  ['a call has its answer, whether the object is exposed before or after it', 'oneCall'],
  ['so have two in flight', 'twoRecords', FEWER],
  ['more than there is room for go in their order', 'onePlace', FEWER],
  ['what is moved keeps its place among what is copied', 'beside', FEWER],
  ['the other side calls back', 'callback', FEWER],
  ['a call that waits for an object gives up in time, and the next one waits anew', 'earlyCall', FEWER],
  ['one that is cancelled at any step has its answer or not, and the next one has', 'cancelled', FEWER],
  ['a stream comes in order, to its end', 'stream', FEWER],
  ['one that is left ends on the other side', 'streamLeft', FEWER],
  ['both sides may close at once', 'bothClose'],
  ['a side closes with a call in flight', 'servingSideOneCloses'],
  ['also the one that cleans up', 'servingSideZeroCloses'],
  ['what it had said before arrives', 'lastWords'],
  ['when the side that serves dies at any step, calls settle and nothing is left', 'servingSideDies', FEWER],
  [
    'when the side that calls dies at any step, the other one is told, and nothing is left',
    'callingSideOneDies',
    FEWER,
  ],
]);

if (PREEMPTIONS > 1) {
  theyHold('rpc-channel', [
    ['a call that is cancelled while it waits for its turn keeps nobody from theirs', 'cancelledInQueue', 0],
    ['a signal that is an argument is aborted there too', 'signalTravels', 0],
    ['a death is told by the port first', 'servingSideDiesUnnoticed', 0],
    ['or noticed by another thread', 'servingSideDiesElsewhere', 0],
    ['streams settle too', 'servingSideDiesInStream', 0],
    ['the side that calls may be told of by the port first', 'callingSideOneDiesUnnoticed', 0],
    ['a side that dies while it cleans up may leave some of it', 'callingSideZeroDies', 0],
  ]);
}
