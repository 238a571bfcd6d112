/** The time by the clock on the wall, in milliseconds: processes agree on it. */
export const now = () => performance.timeOrigin + performance.now();
