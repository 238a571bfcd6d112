/** What can go wrong when something starts or stops. */
import { defineKind, ReveilleError } from './reveille-error.ts';

/** Something was started and did not become ready in time, or ended first. The message says what was seen last. */
export class NotReadyError extends ReveilleError {
  static {
    defineKind(this, 'ERR_NOT_READY', 'NotReadyError');
  }
}

/** A resource failed to start or to stop, or was used in a state in which it cannot be. */
export class LifecycleError extends ReveilleError {
  static {
    defineKind(this, 'ERR_LIFECYCLE', 'LifecycleError');
  }
}
