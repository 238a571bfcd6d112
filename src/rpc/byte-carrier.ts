/** What a transport has to be able to do for a `ByteConnection` to be made of it. */

/** A way for bytes, in order, both ways. It tells its connection of what happens; see `ByteConnection`. */
export interface ByteCarrier {
  /** Sends the chunks, in this order and in one go if it can. They are not changed afterwards. */
  write(chunks: readonly Uint8Array[]): void;
  /** Lets go out what was written, then ends. */
  end(): void;
  /** Ends now. */
  destroy(): void;
  /** Whether it keeps this thread's event loop alive. */
  ref(): void;
  unref(): void;
}
