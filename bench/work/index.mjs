/** Everything that is measured, in the order of the tables. */
import { abortCooperative, abortIgnoring } from './abort.mjs';
import { busySerial, busyThroughput } from './busy.mjs';
import { copied1MiB, copied64KiB, transferred1MiB, transferred64KiB } from './bytes.mjs';
import { cpu } from './cpu.mjs';
import { idle } from './idle.mjs';
import { lateness } from './lateness.mjs';
import { memory, memoryBounded } from './memory.mjs';
import { serialHot, serialParked, serialWarm } from './serial.mjs';
import { start } from './start.mjs';
import { fields, kilobyte, number } from './throughput.mjs';

/** @type {readonly import('../contract.ts').Work[]} */
export const works = [
  number,
  fields,
  kilobyte,
  copied64KiB,
  copied1MiB,
  transferred64KiB,
  transferred1MiB,
  cpu,
  serialHot,
  serialWarm,
  serialParked,
  busySerial,
  busyThroughput,
  lateness,
  abortCooperative,
  abortIgnoring,
  start,
  memory,
  memoryBounded,
  idle,
];
