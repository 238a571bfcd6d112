/** The choices of which a schedule consists, and what they cost. */

/** What the search decides at a choice point: which thread, and what happens to it. */
export type Choice = number;
export const Happening = { run: 0, timeOut: 1, cancel: 2, die: 3, rest: 4 } as const;
export const choiceOf = (thread: number, happening: number): Choice => thread | (happening << 4);
export const threadOf = (choice: Choice): number => choice & 15;
export const happeningOf = (choice: Choice): number => choice >> 4;

/** How often each costly thing may happen in a schedule, or has happened. */
export interface Budget {
  readonly preemptions: number;
  readonly timeouts: number;
  readonly cancels: number;
  readonly deaths: number;
}

/** How much may be spent. */
export interface Limit extends Budget {
  /** Cancels and deaths that interrupt somebody cost a preemption too. */
  readonly together: boolean;
}

export const NOTHING_SPENT: Budget = { preemptions: 0, timeouts: 0, cancels: 0, deaths: 0 };

const LETTERS = ['', 't', 'c', 'd', 'r'];

/** `2`: thread 2 goes on; `2t`, `2c`, `2d`, `2r`: it times out, is cancelled, dies, does not die although it might. */
export function formatChoice(choice: Choice): string {
  return `${threadOf(choice)}${LETTERS[happeningOf(choice)] ?? ''}`;
}

export function parseChoice(text: string): Choice {
  return choiceOf(Number.parseInt(text, 10), LETTERS.indexOf(text.replace(/^\d+/, '')));
}
