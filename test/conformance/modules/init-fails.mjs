export async function init() {
  await null;
  throw new Error('No database');
}
export const work = () => 1;
