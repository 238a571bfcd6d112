/** What runs inside a pool's thread on Node. */
import './thread.ts';
