/** What a thread under test starts on: see `explore` of `reveille/testing`. */
import '../src/testing/explore/thread.ts';
