/** What runs inside a pool's thread on Bun. */
import './thread.ts';
