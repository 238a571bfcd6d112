export const work = () => 1;
export async function teardown() {
  throw new Error('Cannot tidy up');
}
