const value = await Promise.resolve(42);
export const answer = () => value;
