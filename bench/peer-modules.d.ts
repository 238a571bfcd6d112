/**
 * Modules that need not be there when the benchmark is type-checked: the peers, installed on first use, and Reveille's
 * own build.
 */
declare module 'piscina';
declare module 'tinypool';
declare module 'workerpool';
declare module 'poolifier';
declare module 'poolifier-web-worker';
declare module 'bottleneck';
declare module 'limiter';
declare module 'p-throttle';
declare module 'rate-limiter-flexible';
declare module '*/dist/src/task.js';
