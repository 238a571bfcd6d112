/** So many objects are told apart by comparing with each; beyond, by a Map, whose every entry costs more. */
const LISTED_OBJECTS = 24;

/** Numbers the objects of a message in the order in which they are met, so that a second meeting can name the first. */
export class SeenObjects {
  #count = 0;
  readonly #listed: (object | undefined)[] = new Array<object | undefined>(LISTED_OBJECTS).fill(undefined);
  #mapped: Map<object, number> | undefined = undefined;

  /** The object's number if it was met before in this message; otherwise gives it the next one and returns -1. */
  numberOf(value: object): number {
    const count = this.#count;
    if (count < LISTED_OBJECTS) {
      const listed = this.#listed;
      for (let i = 0; i < count; i++) {
        if (listed[i] === value) return i;
      }
      listed[count] = value;
    } else {
      const mapped = (this.#mapped ??= new Map(this.#listed.map((object, i) => [object as object, i])));
      const known = mapped.get(value);
      if (known !== undefined) return known;
      mapped.set(value, count);
    }
    this.#count = count + 1;
    return -1;
  }

  /** Forgets all objects, so as not to keep them alive. */
  clear(): void {
    const listed = Math.min(this.#count, LISTED_OBJECTS);
    for (let i = 0; i < listed; i++) this.#listed[i] = undefined;
    this.#mapped = undefined;
    this.#count = 0;
  }
}
