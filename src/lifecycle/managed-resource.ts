/** One resource of a lifecycle: its state, and how it is started, stopped and asked. */
import { limitsOf } from '../pacing/interruption.ts';
import { runWithin, waitWithin } from '../pacing/timeout.ts';
import { deadlines } from '../signal/deadlines.ts';
import { timeoutError } from '../signal/wait-options.ts';
import type { ResourceHealth, ResourceStop } from './lifecycle-report.ts';
import type { Resource, ResourceState } from './resource.ts';

export class ManagedResource {
  readonly name: string;
  /** The names of those that it needs. */
  readonly after: readonly string[];
  readonly #resource: Resource;
  readonly #onChange: (resource: ManagedResource, previous: ResourceState) => void;
  #state: ResourceState = 'new';
  #error: unknown;
  /** The start that is under way, or the last one: resolves to whether it came up, and never rejects. */
  #start: Promise<boolean> | undefined;

  constructor(
    name: string,
    resource: Resource,
    after: readonly string[],
    onChange: (resource: ManagedResource, previous: ResourceState) => void,
  ) {
    this.name = name;
    this.after = after;
    this.#resource = resource;
    this.#onChange = onChange;
  }

  get state(): ResourceState {
    return this.#state;
  }

  /** What it failed with, while its state is `failed`. */
  get error(): unknown {
    return this.#error;
  }

  /** Starts it. Resolves to whether it runs, and never rejects; what was thrown is in `error`. */
  start(signal: AbortSignal): Promise<boolean> {
    return (this.#start = this.#startNow(signal));
  }

  /**
   * Stops it if it runs, or once it does: a start that is under way ends first. Resolves when it has stopped or after
   * `limit` milliseconds, and never rejects; undefined if it was not started.
   */
  async stop(limit: number): Promise<ResourceStop | undefined> {
    if (this.#state !== 'starting' && this.#state !== 'running') return undefined;
    const { name } = this;
    const startedAt = deadlines().now();
    const ms = (): number => deadlines().now() - startedAt;
    const late = timeoutError(`Stopping '${name}'`, limit);
    try {
      await runWithin(
        (signal) => this.#stopNow(signal),
        limitsOf({ timeout: limit }),
        () => late,
      );
      return { name, outcome: 'stopped', ms: ms() };
    } catch (error) {
      this.#change('failed', error);
      return { name, outcome: error === late ? 'hung' : 'failed', ms: ms(), error };
    }
  }

  /** How it is. Never rejects; takes at most `limit` milliseconds. */
  async health(limit: number): Promise<ResourceHealth> {
    const state = this.#state;
    if (state === 'failed') return { state, healthy: false, error: this.#error };
    if (state !== 'running' || this.#resource.health === undefined) return { state, healthy: state === 'running' };
    try {
      const ask = (signal: AbortSignal): unknown => this.#resource.health?.(signal);
      const value = await waitWithin(ask, { timeout: limit }, `The health check of '${this.name}'`);
      return { state, healthy: value !== false, value };
    } catch (error) {
      return { state, healthy: false, error };
    }
  }

  async #startNow(signal: AbortSignal): Promise<boolean> {
    this.#change('starting');
    // Its own: once it is up, no end of the start is any business of its.
    const controller = new AbortController();
    const giveUp = (): void => controller.abort(signal.reason);
    signal.addEventListener('abort', giveUp);
    try {
      await this.#resource.start(controller.signal);
      this.#change('running');
      return true;
    } catch (error) {
      // One that gave up because it was told to has not failed.
      if (signal.aborted) this.#change('stopped');
      else this.#change('failed', error);
      return false;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async #stopNow(signal: AbortSignal): Promise<void> {
    const isUp = await this.#start;
    // Also if its time is up by now: what came up late must go again.
    if (isUp !== true) return;
    this.#change('stopping');
    await this.#resource.stop(signal);
    this.#change('stopped');
  }

  #change(state: ResourceState, error?: unknown): void {
    const previous = this.#state;
    if (state === previous) return;
    this.#state = state;
    this.#error = error;
    this.#onChange(this, previous);
  }
}
