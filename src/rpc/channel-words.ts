/** What goes through the two ways of a connection over shared memory: see channel-connection.ts. */

/** Through the port: a message, a record of several that is too large for the arena, or the last word. */
export type Word =
  { readonly message: unknown } | { readonly record: Uint8Array<ArrayBuffer> } | { readonly bye: string };

/** Through a channel: a short message by itself, a record, or a number in the place of what comes through the port. */
export type Entry = readonly unknown[] | Uint8Array<ArrayBuffer> | number;

/** The number. */
export const BESIDE = 0;
