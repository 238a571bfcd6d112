/**
 * By how much a worker's clock is ahead of this thread's, by asking it the time through the pool itself.
 *
 * Only Node gives threads a common origin. As in NTP (https://www.rfc-editor.org/rfc/rfc5905#section-8), the answer
 * that came back
 * fastest tells most: the offset is wrong by no more than half of what that round trip took.
 * @param {import('./contract.ts').Call} askClock
 * @returns {Promise<{ offsetMs: number, errorMs: number }>}
 */
export async function clockOffset(askClock) {
  let fastest = Number.POSITIVE_INFINITY;
  let offsetMs = 0;
  for (let i = 0; i < 2000; i++) {
    const sent = performance.now();
    const theirs = /** @type {number} */ (await askClock(undefined));
    const received = performance.now();
    if (received - sent >= fastest) continue;
    fastest = received - sent;
    offsetMs = theirs - (sent + received) / 2;
  }
  return { offsetMs, errorMs: fastest / 2 };
}
