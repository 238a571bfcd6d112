/** The part of the runtime that tells and counts time. */
import type { Runtime } from '../../runtime.ts';

/** What a job needs to know the time, to wait for it, and to wait for the end of a turn. */
export type Clock = Pick<Runtime, 'now' | 'setTimer' | 'defer'>;
