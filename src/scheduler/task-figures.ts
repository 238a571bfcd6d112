/** What became of a pool's tasks. */
import { DurationHistogram } from './duration-histogram.ts';
import { type Region, RUN_TIME, STAMP } from './layout.ts';

export class TaskFigures {
  completed = 0;
  failed = 0;
  cancelled = 0;
  /** Tasks whose thread died under them, those that were run again included. */
  crashed = 0;
  readonly waitTimes: DurationHistogram = new DurationHistogram();
  readonly runTimes: DurationHistogram = new DurationHistogram();

  /** Of a sampled task, the thread leaves in its slot how long it waited and how long it ran. */
  recordTimes(region: Region, slot: number): void {
    const body = region.body(slot) >> 1;
    this.waitTimes.record(region.f64[body + STAMP] as number);
    this.runTimes.record(region.f64[body + RUN_TIME] as number);
  }
}
