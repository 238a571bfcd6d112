/** Waits until a process group is gone whose leader has ended. */
import { HealthPoll } from '../lifecycle/health-poll.ts';
import { isGroupGone } from './process-group.ts';

/**
 * Nobody tells of the end of a process that is not a child: so this looks at once, after 1 ms, and then after half as
 * long again each time, up to 50 ms; and begins anew whenever there is reason to (`look`).
 */
export class GroupWatch {
  readonly gone: Promise<void>;
  readonly #leader: number;
  #tell!: () => void;
  #poll: HealthPoll | undefined;
  #isOver = false;

  constructor(leader: number) {
    this.#leader = leader;
    this.gone = new Promise((resolve) => (this.#tell = resolve));
    this.look();
  }

  /** Something has happened that may have ended it. */
  look(): void {
    if (this.#isOver) return;
    this.#poll?.stop();
    this.#poll = new HealthPoll(() => isGroupGone(this.#leader));
    void this.#poll.passed.then(this.#tell);
  }

  /** Looks no more. */
  stop(): void {
    this.#isOver = true;
    this.#poll?.stop();
  }
}
