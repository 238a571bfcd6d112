/**
 * What the search leaves out because it was seen, or will be, elsewhere: preempted threads that it would be pointless
 * to resume yet (`sleepers.ts`), and what follows a state from which the search has gone on before (`known-states.ts`).
 * Such a schedule is run to its end all the same, without other choices: a thread that is stopped in the middle may
 * leave its modules in a state that no thread is in.
 */
import { type Budget, type Choice, Happening, happeningOf, threadOf } from './choice.ts';
import type { Control } from './control.ts';
import { Fingerprint } from './fingerprint.ts';
import { KnownStates } from './known-states.ts';
import type { Machine } from './machine.ts';
import { chosenAt, isPreemption, type SchedulePoint } from './schedule-point.ts';
import { Sleepers } from './sleepers.ts';
import { hasNotes, type MadeOperation } from './thread-log.ts';
import type { Troupe } from './troupe.ts';

export class Reduction {
  readonly #machine: Machine;
  readonly #control: Control;
  readonly #isOn: boolean;
  readonly #sleepers: Sleepers;
  readonly #fingerprint: Fingerprint;
  readonly #states = new KnownStates();
  /** What follows was or will be seen elsewhere, and has no other choices. */
  #isKnown = false;

  /** @param isOn - false: every choice is tried, pointless or not */
  constructor(machine: Machine, { control, size }: Troupe, isOn: boolean) {
    this.#machine = machine;
    this.#control = control;
    this.#isOn = isOn;
    this.#sleepers = new Sleepers(size);
    this.#fingerprint = new Fingerprint(control, machine.mortals !== 0);
  }

  /** Starts the search anew: points are elsewhere, so states are others. */
  forget(): void {
    this.#states.clear();
  }

  /** Makes ready for a schedule. */
  renew(): void {
    this.#isKnown = false;
    this.#sleepers.wakeAll();
    if (this.#isOn) this.#fingerprint.renew(this.#machine.memory);
  }

  /** The schedule has begun: its threads stand before what they do first. */
  begin(): void {
    if (this.#isOn) this.#fingerprint.begin();
  }

  /**
   * The choices at a new point that are worth trying, of which there is one at least.
   *
   * @param last - the thread that ran last, or -1
   * @param stands - it stands before a plain operation, wherever it stands by now
   */
  worthTrying(choices: readonly Choice[], last: number, spent: Budget, stands: boolean): readonly Choice[] {
    if (!this.#isOn) return choices;
    const awake = this.#isKnown ? [] : this.#sleepers.awakeAmong(choices);
    if (awake.length === 1) return awake;
    this.#isKnown ||= awake.length === 0 || this.#hasSeen(last, spent, stands);
    return this.#isKnown ? choices.slice(0, 1) : awake;
  }

  /** The choice of a point is about to happen. */
  before(point: SchedulePoint): void {
    if (!this.#isOn) return;
    const thread = threadOf(chosenAt(point));
    if (isPreemption(point)) this.#sleepers.sleep(point.last, point.own);
    this.#fingerprint.goesOn(thread, this.#machine.cast.sharesScratch(thread));
  }

  /** It has happened, and was no operation. */
  happened(choice: Choice): void {
    if (!this.#isOn) return;
    const [thread, happening] = [threadOf(choice), happeningOf(choice)];
    const machine = this.#machine;
    const notes = hasNotes(this.#control, thread);
    if (happening === Happening.timeOut || happening === Happening.cancel) this.#sleepers.wakeAll();
    else if (happening === Happening.run) this.#sleepers.turned(thread, notes, machine.cast.usesScratch);
    this.#fingerprint.happened(thread, happening, notes);
    if (happening === Happening.die) this.#fingerprint.died(thread, machine.memory);
  }

  /** A thread has made an operation. */
  made(thread: number, { key, scratch }: MadeOperation): void {
    if (!this.#isOn) return;
    this.#sleepers.stepped(thread, key, this.#machine.cast.usesScratch);
    this.#fingerprint.made(thread, key, scratch);
    this.#fingerprint.woke(thread, this.#machine.woken);
  }

  /** A thread has stopped. */
  stopped(thread: number): void {
    if (this.#isOn) this.#fingerprint.stopped(thread);
  }

  #hasSeen(last: number, spent: Budget, stands: boolean): boolean {
    const machine = this.#machine;
    const isLast = stands || machine.mattersAsLast(last);
    // Whether the last one spins is known from where it stands; the others, only from who ran since.
    const bits = (isLast ? last : NOBODY) | ((machine.cast.spinning & ~(1 << last)) << 4);
    const state = this.#fingerprint.of(machine.cast.waiters, bits);
    return this.#states.covers(state, spent, this.#sleepers.asleep);
  }
}

const NOBODY = 15;
