/** So many objects are told apart by comparing with each; beyond, by a Map, whose every entry costs more. */
const LISTED_OBJECTS = 24;

/**
 * Numbers the objects of a message in the order in which they are met, so that a second meeting can name the first.
 *
 * The list is a new one for every message: to store young objects in an old list makes the garbage collector note
 * down each of them, which costs several times more than the list.
 */
export class SeenObjects {
  #count = 0;
  #listed: object[] | undefined = undefined;
  #mapped: Map<object, number> | undefined = undefined;

  /** The object's number if it was met before in this message; otherwise gives it the next one and returns -1. */
  numberOf(value: object): number {
    const count = this.#count;
    const listed = this.#listed;
    if (listed === undefined) {
      this.#listed = [value];
    } else if (count < LISTED_OBJECTS) {
      for (let i = 0; i < count; i++) {
        if (listed[i] === value) return i;
      }
      listed.push(value);
    } else {
      const mapped = (this.#mapped ??= new Map(listed.map((object, i) => [object, i])));
      const known = mapped.get(value);
      if (known !== undefined) return known;
      mapped.set(value, count);
    }
    this.#count = count + 1;
    return -1;
  }

  /** Forgets all objects, so as not to keep them alive. */
  clear(): void {
    if (this.#count === 0) return;
    this.#listed = undefined;
    this.#mapped = undefined;
    this.#count = 0;
  }
}
