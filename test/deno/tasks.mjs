// @ts-types="../../src/task.ts"
import { task } from 'reveille/task';

/** @param {number} value */
export const double = (value) => value * 2;

export const threadIndex = () => task.threadIndex;
