/** Deadlines belong to pacing by what they are for, and to signal by who needs them first: every wait has one. */
export { type Deadline, Deadlines, deadlines, type DeadlineSource } from '../signal/deadlines.ts';
