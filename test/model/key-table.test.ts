import { theyHold } from './_holds.ts';

theyHold('key-table', [
  ['what a thread names is there for all, whoever adds at the same time', 'added'],
  ['a thread that dies while it adds costs nobody a shape', 'adderDies', 2, 0],
]);
