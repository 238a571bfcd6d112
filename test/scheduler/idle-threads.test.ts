import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IdleThreads, NO_THREAD } from '../../src/scheduler/idle-threads.ts';
import { makeRegion } from './_region.ts';

type State = 'busy' | 'searching' | 'parked' | 'reserved';

/** The states as plain objects, and the same steps on them. */
class Model {
  readonly states: State[];

  constructor(threads: number) {
    this.states = new Array<State>(threads).fill('busy');
  }

  count(state: State): number {
    return this.states.filter((each) => each === state).length;
  }

  change(thread: number, state: State): boolean {
    if (this.states[thread] === 'reserved') return false;
    this.states[thread] = state;
    return true;
  }
}

const THREADS = 40;

function agree(idle: IdleThreads, model: Model): void {
  expect(idle.parkedCount).toBe(model.count('parked'));
  expect(idle.searchingCount).toBe(model.count('searching'));
  expect(idle.anyParked).toBe(model.count('parked') > 0);
  model.states.forEach((state, thread) => {
    expect(idle.isParked(thread)).toBe(state === 'parked');
    expect(idle.isReserved(thread)).toBe(state === 'reserved');
  });
}

describe('IdleThreads', () => {
  test('keeps apart what each of many threads does', () => {
    const step = fc.tuple(
      fc.constantFrom('search', 'park', 'leave', 'forget', 'takeParked', 'reserve'),
      fc.integer({ min: 0, max: THREADS - 1 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const idle = new IdleThreads(makeRegion(2, THREADS));
        const model = new Model(THREADS);
        for (const [name, thread] of steps) {
          if (name === 'search') expect(idle.search(thread)).toBe(model.change(thread, 'searching'));
          else if (name === 'park') expect(idle.park(thread)).toBe(model.change(thread, 'parked'));
          else if (name === 'leave') expect(idle.leave(thread)).toBe(model.change(thread, 'busy'));
          else if (name === 'forget') {
            idle.forget(thread);
            model.states[thread] = 'busy';
          } else if (name === 'takeParked') {
            const taken = idle.takeParked();
            if (taken === NO_THREAD) expect(model.count('parked')).toBe(0);
            else {
              expect(model.states[taken]).toBe('parked');
              model.states[taken] = 'searching';
            }
          } else {
            const taken = idle.reserve();
            if (taken === NO_THREAD) expect(model.count('parked') + model.count('searching')).toBe(0);
            else {
              expect(['parked', 'searching']).toContain(model.states[taken]);
              model.states[taken] = 'reserved';
            }
          }
        }
        agree(idle, model);
      }),
      { numRuns: 60 },
    );
  });

  test('gives each parked thread to one taker', () => {
    const idle = new IdleThreads(makeRegion(2, THREADS));
    for (let thread = 0; thread < THREADS; thread++) idle.park(thread);
    const taken = Array.from({ length: THREADS }, () => idle.takeParked());
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: THREADS }, (_, i) => i));
    expect(idle.takeParked()).toBe(NO_THREAD);
    expect(idle.searchingCount).toBe(THREADS);
  });

  test('has nobody to give when all are busy', () => {
    const idle = new IdleThreads(makeRegion(2, 3));
    expect(idle.takeParked()).toBe(NO_THREAD);
    expect(idle.reserve()).toBe(NO_THREAD);
    expect(idle.anyParked).toBe(false);
  });
});
