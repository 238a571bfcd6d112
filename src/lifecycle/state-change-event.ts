import type { ResourceState } from './resource.ts';

/** The events of a lifecycle. */
export interface LifecycleEventMap {
  readonly statechange: StateChangeEvent;
}

/** The state of a lifecycle or of one of its resources has changed. */
export class StateChangeEvent extends Event {
  /** The resource's name; undefined if it is the lifecycle itself. */
  readonly resource: string | undefined;
  readonly state: ResourceState;
  readonly previous: ResourceState;
  /** With `failed`: why. */
  readonly error: unknown;

  constructor(resource: string | undefined, state: ResourceState, previous: ResourceState, error: unknown) {
    super('statechange');
    this.resource = resource;
    this.state = state;
    this.previous = previous;
    this.error = error;
  }
}
