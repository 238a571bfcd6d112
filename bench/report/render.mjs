import { works } from '../work/index.mjs';
import { acceptance } from './acceptance.mjs';
import { digits, quantityWithSpread, ratioWithSpread, table } from './format.mjs';
import { Summary } from './summary.mjs';

/**
 * The whole report as text.
 * @param {import('../contract.ts').Report} report
 * @param {'plain' | 'markdown'} style
 */
export function render(report, style) {
  const summary = new Summary(report.results);
  const title = (/** @type {string} */ text, /** @type {number} */ level) =>
    style === 'markdown' ? `${'#'.repeat(level)} ${text}` : `${text}\n${(level === 2 ? '=' : '-').repeat(text.length)}`;
  const parts = [machine(report), limits(report.machine.limits, style)];
  for (const runtime of report.runtimes) {
    parts.push(title(runtime.title, 2));
    for (const work of works) {
      const rows = workRows(summary, runtime.title, work);
      if (rows !== undefined) parts.push(title(work.title, 3), table(rows, style));
    }
  }
  parts.push(title('What it must reach', 2), verdicts(report, summary, style));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** @param {import('../contract.ts').Report} report */
function machine({ machine: { date, cpu, cores, memoryGiB, system, loadAverage }, loadAverageAtEnd, rounds, quick }) {
  const kind = quick
    ? `${rounds} quick rounds (a look, not numbers)`
    : `medians of up to ${rounds} rounds (lowest to highest)`;
  const hardware = `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}`;
  const load = `load ${loadAverage.join(' ')} at the start, ${loadAverageAtEnd.join(' ')} at the end`;
  const line = `${hardware}, ${load}, ${date.slice(0, 10)}; ${kind}.`;
  // Those who spin collapse when they do not get a core, so that even ratios are worth nothing then.
  const busy = Number(loadAverage[0]) > cores / 2;
  if (!busy) return line;
  return `${line}\n\nThe machine was busy when this began: neither the numbers nor the ratios are to be trusted.`;
}

/** @param {readonly import('../contract.ts').MachineLimit[]} measured @param {'plain' | 'markdown'} style */
function limits(measured, style) {
  if (measured.length === 0) return '';
  return table(
    [['the machine itself, in C', ''], ...measured.map(({ name, value, unit }) => [name, `${digits(value)} ${unit}`])],
    style,
  );
}

/** @param {Summary} summary @param {string} runtime @param {import('../contract.ts').Work} work */
function workRows(summary, runtime, work) {
  const results = summary.of(runtime, work.name);
  if (results.length === 0) return undefined;
  const [primary] = work.metrics;
  const sign = primary.better === 'higher' ? -1 : 1;
  const order = (/** @type {import('../contract.ts').Result} */ result) =>
    sign *
    (summary.spread(runtime, work.name, result.contender, primary.key)?.median ?? -sign * Number.NEGATIVE_INFINITY);
  const sorted = results
    .map((result) => ({ result, rank: result.rounds.length === 0 ? Number.POSITIVE_INFINITY : order(result) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ result }) => result);
  const heading = ['', ...work.metrics.map((metric) => metric.title), 'reveille is', 'setting'];
  return [heading, ...sorted.map((result) => contenderRow(summary, runtime, work, result))];
}

/**
 * @param {Summary} summary
 * @param {string} runtime
 * @param {import('../contract.ts').Work} work
 * @param {import('../contract.ts').Result} result
 */
function contenderRow(summary, runtime, work, { contender, setting, rounds, failure }) {
  if (rounds.length === 0) return [contender, ...work.metrics.map(() => '-'), '', failure ?? ''];
  const values = work.metrics.map((metric) => {
    const spread = summary.spread(runtime, work.name, contender, metric.key);
    return spread === undefined ? '-' : quantityWithSpread(spread, metric.unit);
  });
  const advantage =
    contender === 'reveille' ? undefined : summary.advantage(runtime, work.name, contender, work.metrics[0]);
  const remark = failure === undefined ? setting : `${setting}; a round failed: ${failure}`;
  return [contender, ...values, advantage === undefined ? '' : ratioWithSpread(advantage), remark];
}

/**
 * One row a target, one column a runtime.
 * @param {import('../contract.ts').Report} report
 * @param {Summary} summary
 * @param {'plain' | 'markdown'} style
 */
function verdicts({ runtimes }, summary, style) {
  const rows = acceptance.map(({ work, target, judge }) => {
    const title = works.find(({ name }) => name === work)?.title ?? work;
    const cells = runtimes.map((runtime) => {
      const verdict = judge(summary, runtime.title);
      return verdict === undefined ? '-' : `${verdict.measured}, ${verdict.met ? 'met' : 'NOT MET'}`;
    });
    return [title, target, ...cells];
  });
  return table([['work', 'target', ...runtimes.map((runtime) => runtime.title)], ...rows], style);
}
