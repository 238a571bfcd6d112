/** The messages between the controller and a thread under test, while that is in its event loop. */

import type { ScenarioBudget } from './scenario.ts';

/** Memory for one schedule, with what the scenario's setup returned for it. */
export interface BatchItem {
  readonly buffer: SharedArrayBuffer;
  readonly shared: unknown;
}

/** What the controller sends while the thread is in its event loop. */
export type Request =
  | { readonly kind: 'load'; readonly url: string; readonly exportName: string }
  | { readonly kind: 'join'; readonly memory: SharedArrayBuffer; readonly granules: number; readonly thread: number }
  | { readonly kind: 'make'; readonly count: number }
  | { readonly kind: 'serve'; readonly batch: readonly BatchItem[] };

/** What the controller must know of a scenario. */
export interface Loaded {
  readonly kind: 'loaded';
  /** Size of its memory. */
  readonly bytes: number;
  readonly threads: number;
  readonly budget: ScenarioBudget;
  readonly mortal: readonly number[];
  readonly cancelsWhenStuck: boolean;
}

/** What it answers. */
export type Answer =
  | Loaded
  | { readonly kind: 'made'; readonly batch: readonly BatchItem[] }
  | { readonly kind: 'serving' | 'joined' }
  | { readonly kind: 'failed'; readonly message: string };
