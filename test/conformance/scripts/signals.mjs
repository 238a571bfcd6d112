// A program that is told to end by signals: what it does is its argument. It tells its parent when it is ready.
import process from 'node:process';
import { Lifecycle, onProcessSignals } from 'reveille';

const [program] = process.argv.slice(2);
// Holds the process, as a server would.
const held = setInterval(() => {}, 2 ** 30);
const stubborn = () => new Promise(() => {});
const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);

/** @type {Record<string, () => unknown>} */
const programs = {
  async lifecycle() {
    const app = new Lifecycle().add('database', { start: () => {}, stop: () => say('database down') });
    app.add('server', { start: () => {}, stop: () => clearInterval(held) }, { after: ['database'] });
    await app.start();
    onProcessSignals(app);
  },
  async hung() {
    const app = new Lifecycle().add('server', { start: () => {}, stop: stubborn });
    await app.start();
    onProcessSignals(app, { timeout: 50 });
  },
  handler() {
    onProcessSignals((signal) => {
      say(`asked by ${signal}`);
      clearInterval(held);
    });
  },
  late() {
    onProcessSignals(
      (_, late) => {
        late.addEventListener('abort', () => say('late'));
        return stubborn();
      },
      { timeout: 50 },
    );
  },
  twice() {
    onProcessSignals(() => {
      say('asked');
      return stubborn();
    });
  },
  force() {
    onProcessSignals(
      () => {
        say('asked');
        return stubborn();
      },
      {
        onForce: (signal) => {
          say(`forced by ${signal}`);
          process.exit(7);
        },
      },
    );
  },
  fails() {
    onProcessSignals(() => Promise.reject(new Error('Cannot stop')));
  },
  disposed() {
    onProcessSignals(() => say('asked'))[Symbol.dispose]();
    const left = ['SIGINT', 'SIGTERM'].map((name) => process.listenerCount(name));
    say(`${left} listeners left`);
  },
  idle() {
    onProcessSignals(() => {});
    clearInterval(held);
  },
};

await programs[/** @type {string} */ (program)]?.();
say('ready');
