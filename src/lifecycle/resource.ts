/** What a lifecycle starts and stops. */

/** Something that is started before it is used and stopped after: a server, a connection, a pool. */
export interface Resource {
  /**
   * Resolves once it can be used. Should give up when `signal` fires, and clean up after itself if it fails: `stop` is
   * called only after a start that succeeded.
   */
  start(signal: AbortSignal): unknown;
  /** Resolves once nothing of it is left. `signal` fires when its time is up: what is left then is to be dropped. */
  stop(signal: AbortSignal): unknown;
  /** Whether it is well: throws, rejects or returns false if not; anything else is shown in the report. */
  health?(signal: AbortSignal): unknown;
}

/**
 *     new ──> starting ──> running ──> stopping ──> stopped ──> starting ...
 *                │                        │
 *                └────────> failed <──────┘
 */
export type ResourceState = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';
