/** What a lifecycle tells of its resources. */
import type { ResourceState } from './resource.ts';

/** How one resource stopped. */
export interface ResourceStop {
  readonly name: string;
  /** `hung`: its `stop` (or its `start`, which was to end first) had not returned when its time was up. */
  readonly outcome: 'stopped' | 'failed' | 'hung';
  /** Milliseconds that it took, or was given. */
  readonly ms: number;
  /** What it threw, or the DeadlineExceededError with which its signal fired. */
  readonly error?: unknown;
}

/** How a lifecycle stopped. */
export interface StopReport {
  /** Milliseconds from the call to the end. */
  readonly ms: number;
  /** Whether every resource that had been started has stopped without an error. */
  readonly clean: boolean;
  /** Those that had been started, in the order in which they ended. */
  readonly resources: readonly ResourceStop[];
}

/** How one resource is. */
export interface ResourceHealth {
  readonly state: ResourceState;
  /** Whether it runs and has no complaint. */
  readonly healthy: boolean;
  /** What its `health` returned. */
  readonly value?: unknown;
  readonly error?: unknown;
}

/** How a lifecycle is. */
export interface HealthReport {
  readonly state: ResourceState;
  /** Whether it runs and every resource is healthy. */
  readonly healthy: boolean;
  readonly resources: Readonly<Record<string, ResourceHealth>>;
}

/** Those that did not stop as they should, in words; empty if all did. */
export function describeTroubles(resources: readonly ResourceStop[]): string {
  return resources
    .filter(({ outcome }) => outcome !== 'stopped')
    .map(({ name, outcome, ms, error }) =>
      outcome === 'hung' ? `'${name}' hung for ${Math.round(ms)} ms` : `'${name}' failed to stop: ${messageOf(error)}`,
    )
    .join('; ');
}

/** What was thrown, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
