/**
 * Nothing is finalized while schedules run: what the garbage collector finds comes at no point that a schedule knows,
 * and would send a word on the memory of a schedule that is over. Imported before whatever makes a registry.
 */
class Registry {
  register(): void {}

  unregister(): boolean {
    return false;
  }
}

Object.defineProperty(globalThis, 'FinalizationRegistry', { configurable: true, writable: true, value: Registry });
