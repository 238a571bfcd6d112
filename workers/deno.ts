/** What runs inside a pool's thread on Deno. */
import './thread.ts';
