import { noResult, takeTurn } from './turns.mjs';

/**
 * A contender at one work, and what came of its turns.
 * @typedef {object} Entry
 * @property {import('./contract.ts').Contender} contender
 * @property {import('./contract.ts').Setting} setting
 * @property {import('./contract.ts').Metrics[]} rounds
 * @property {string[]} failures
 */

/**
 * Lets the contenders measure in turns (A B C, A B C, ...), so that what the machine does meanwhile meets all of them
 * alike.
 * @param {import('./contract.ts').BenchRuntime} runtime
 * @param {import('./contract.ts').Work} work
 * @param {readonly import('./contract.ts').Contender[]} contenders
 * @param {{ rounds: number, quick: boolean, env: Record<string, string>, log: (text: string) => void }} options
 * @returns {Promise<import('./contract.ts').Result[]>}
 */
export async function holdContest(runtime, work, contenders, { rounds, quick, env, log }) {
  /** @type {Entry[]} */
  const entries = [];
  /** @type {import('./contract.ts').Result[]} */
  const absent = [];
  for (const contender of contenders.filter((each) => takesPart(each, work))) {
    const refusal = contender.refuses(runtime);
    if (refusal !== undefined) {
      absent.push({
        runtime: runtime.title,
        work: work.name,
        contender: contender.name,
        setting: '',
        rounds: [],
        failure: refusal,
      });
      continue;
    }
    const setting = await bestSetting(runtime, work, contender, env, log);
    entries.push({ contender, setting, rounds: [], failures: [] });
  }
  for (let round = 0; round < Math.min(rounds, work.maxRounds ?? rounds); round++) {
    for (const { contender, setting, rounds: taken, failures } of entries) {
      // Twice without a result is answer enough; once, if it took all the time it was given.
      const gaveUp = failures.length >= 2 || failures.some((failure) => failure.startsWith(noResult));
      if (taken.length === 0 && gaveUp) continue;
      const turn = { work: work.name, contender: contender.name, setting, quick, trial: false };
      const outcome = await takeTurn(runtime, work, turn, env);
      if ('metrics' in outcome) taken.push(outcome.metrics);
      else failures.push(outcome.failure);
      const { key } = work.metrics[0];
      const said = 'metrics' in outcome ? `${key} ${outcome.metrics[key]?.toPrecision(4)}` : outcome.failure;
      log(`${contender.name} ${said}`);
    }
  }
  const present = entries.map(({ contender, setting, rounds: taken, failures }) => ({
    runtime: runtime.title,
    work: work.name,
    contender: contender.name,
    setting: setting.label,
    rounds: taken,
    ...(failures[0] === undefined ? {} : { failure: failures[0] }),
  }));
  return [...present, ...absent];
}

/** @param {import('./contract.ts').Contender} contender @param {import('./contract.ts').Work} work */
function takesPart(contender, work) {
  return (
    (work.needs ?? []).every((feature) => contender.features.includes(feature)) &&
    (work.only ?? [contender.name]).includes(contender.name) &&
    (contender.works ?? [work.name]).includes(work.name)
  );
}

/**
 * Tries each of a contender's settings shortly and takes the best, so that it is measured as its users could have it.
 * @param {import('./contract.ts').BenchRuntime} runtime
 * @param {import('./contract.ts').Work} work
 * @param {import('./contract.ts').Contender} contender
 * @param {Record<string, string>} env
 * @param {(text: string) => void} log
 */
async function bestSetting(runtime, work, contender, env, log) {
  const settings = contender.settings(work.favour, runtime.name);
  const [first] = settings;
  if (first === undefined) throw new Error(`${contender.name} has no settings`);
  if (settings.length === 1) return first;
  const { key, better } = work.metrics[0];
  let best = { setting: first, value: better === 'higher' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
  for (const setting of settings) {
    const turn = { work: work.name, contender: contender.name, setting, quick: true, trial: true };
    const outcome = await takeTurn(runtime, { ...work, limitMs: 15_000 }, turn, env);
    const value = 'metrics' in outcome ? outcome.metrics[key] : undefined;
    if (value !== undefined && (better === 'higher' ? value > best.value : value < best.value))
      best = { setting, value };
  }
  log(`${contender.name} is best with ${best.setting.label}`);
  return best.setting;
}
