/**
 * Hashes of 64 bits, each of a sequence of numbers, in two lanes of 32. The mixing step is that of MurmurHash3
 * (https://github.com/aappleby/smhasher/wiki/MurmurHash3), with another constant in each lane.
 */

export class HashList {
  readonly #lanes: Int32Array;

  constructor(length: number) {
    this.#lanes = new Int32Array(length * 2);
  }

  clear(): void {
    this.#lanes.fill(0);
  }

  /** Appends a number to a sequence. */
  append(index: number, value: number): void {
    const lanes = this.#lanes;
    lanes[index * 2] = mix(lanes[index * 2] as number, value, 0xcc9e2d51);
    lanes[index * 2 + 1] = mix(lanes[index * 2 + 1] as number, value, 0x85ebca6b);
  }

  /** Appends all that the hash of another sequence stands for. */
  appendHash(index: number, other: HashList, from: number): void {
    const lanes = this.#lanes;
    lanes[index * 2] = mix(lanes[index * 2] as number, other.#lanes[from * 2] as number, 0xcc9e2d51);
    lanes[index * 2 + 1] = mix(lanes[index * 2 + 1] as number, other.#lanes[from * 2 + 1] as number, 0x85ebca6b);
  }

  copy(index: number, other: HashList, from: number): void {
    this.#lanes[index * 2] = other.#lanes[from * 2] as number;
    this.#lanes[index * 2 + 1] = other.#lanes[from * 2 + 1] as number;
  }

  /** Adds to a set, whose order does not matter: this hash, at its place. `sign` -1 takes it out again. */
  gather(index: number, other: HashList, from: number, place: number, sign: 1 | -1): void {
    const lanes = this.#lanes;
    const low = scatter(mix(other.#lanes[from * 2] as number, place, 0xcc9e2d51));
    const high = scatter(mix(other.#lanes[from * 2 + 1] as number, place, 0x85ebca6b));
    lanes[index * 2] = (lanes[index * 2] as number) + sign * low;
    lanes[index * 2 + 1] = (lanes[index * 2 + 1] as number) + sign * high;
  }

  /** 53 bits of the hash. */
  valueOf(index: number): number {
    const low = scatter(this.#lanes[index * 2] as number) >>> 0;
    const high = scatter(this.#lanes[index * 2 + 1] as number) >>> 0;
    return low * 2 ** 21 + (high >>> 11);
  }
}

/** A hash of 32 bits of what these words hold. */
export function hashOf(words: Int32Array): number {
  let hash = 0;
  for (let i = 0; i < words.length; i++) hash = mix(hash, words[i] as number, 0xcc9e2d51);
  return hash;
}

function mix(hash: number, value: number, constant: number): number {
  let bits = Math.imul(value, constant);
  bits = (bits << 15) | (bits >>> 17);
  const mixed = hash ^ Math.imul(bits, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** Every bit of the result depends on every bit of the hash. */
function scatter(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
