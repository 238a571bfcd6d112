/** Worker threads of a pool that get one step of the protocol wrong; everything else is the engine's own. */
import type { PoolScenario } from '../../_pool.ts';
import { messageFirst, retiring } from '../pool.ts';

/** It claims while it counts as idle: the pool gives it a task that it cannot take at that moment. */
export const broken: PoolScenario = messageFirst('claims while idle');

/** It was woken for a task, stops instead, and wakes nobody in its place. */
export const brokenBaton: PoolScenario = retiring('keeps the search');
