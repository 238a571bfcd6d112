/** What the parts of the benchmark promise each other. Types only: nothing here exists when it runs. */

// For the type-checker alone: the modules that may be absent.
import './peer-modules.d.ts';

export type RuntimeName = 'node' | 'deno' | 'bun';

/** A program that runs JavaScript, and how to start a script with it. */
export interface BenchRuntime {
  readonly name: RuntimeName;
  /** For tables: `Node 20.20.2`. */
  readonly title: string;
  readonly version: string;
  readonly command: string;
  readonly args: readonly string[];
  /**
   * Added where a work collects garbage. Not for all: some contenders behave differently where they find `gc`.
   */
  readonly garbageArgs: readonly string[];
}

/** The functions of tasks/functions.mjs, which every contender runs. */
export type TaskName = 'increment' | 'echo' | 'spin' | 'clock' | 'occupy' | 'hold';

export type Call = (argument: unknown) => Promise<unknown>;
export type AbortableCall = (argument: unknown, signal: AbortSignal) => Promise<unknown>;

/**
 * What a work asks of a contender's settings. `throughput` and `latency`: tuned for it; `plain`: as it comes, on
 * worker threads, one task at a time per thread.
 */
export type Favour = 'throughput' | 'latency' | 'plain';

/** One way to set a contender up. */
export interface Setting {
  readonly label: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface OpenOptions {
  readonly threads: number;
  readonly setting: Setting;
  readonly runtime: RuntimeName;
  /**
   * Whether the work uses `bindTransfer` or `bindLoop`, for which some need a module that imports their library.
   */
  readonly extras?: boolean;
  /** The longest queue allowed, where the work bounds it; past it a call rejects. */
  readonly queueLimit?: number;
}

/** A pool that is open. */
export interface Session {
  /** Resolves when a thread has loaded the module of tasks. */
  ready(): Promise<void>;
  /** The fastest way this contender has to call one task many times. */
  bind(task: TaskName): Call;
  /** Sends bytes by transfer and gets them back by transfer. */
  bindTransfer?(): (bytes: Uint8Array) => Promise<Uint8Array>;
  /** Calls a task that never ends by itself: one that looks at its signal, or one that does not. */
  bindLoop?(kind: 'cooperative' | 'ignoring'): AbortableCall;
  close(): Promise<void>;
}

export type Feature = 'copy' | 'transfer' | 'abort' | 'cooperative' | 'sharedMemory' | 'queueLimit';

export interface Contender {
  readonly name: string;
  readonly features: readonly Feature[];
  /** Only these works make sense for it; all, if absent. */
  readonly works?: readonly string[];
  /** Why it cannot run there; undefined where it can. */
  refuses(runtime: Pick<BenchRuntime, 'name' | 'version'>): string | undefined;
  settings(favour: Favour, runtime: RuntimeName): readonly Setting[];
  open(options: OpenOptions): Promise<Session>;
}

export interface Metric {
  readonly key: string;
  readonly title: string;
  readonly unit: 'tasks/s' | 'us' | 'ms' | 'bytes' | 'x' | 'count' | 'MB/s';
  readonly better: 'higher' | 'lower';
}

export type Metrics = Record<string, number>;

/** What a work is given, inside the process that measures. */
export interface Bench {
  readonly contender: Contender;
  readonly runtime: RuntimeName;
  readonly setting: Setting;
  /** Short runs, for a look rather than for numbers. */
  readonly quick: boolean;
  /** An even shorter run, to choose between settings. */
  readonly trial: boolean;
  open(options: Pick<OpenOptions, 'threads' | 'queueLimit' | 'extras'>): Promise<Session>;
}

export interface Work {
  readonly name: string;
  readonly title: string;
  readonly favour: Favour;
  /** The first is what settings are chosen by and tables are sorted by. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** A contender without these sits out. */
  readonly needs?: readonly Feature[];
  /** Only these contenders take part. */
  readonly only?: readonly string[];
  /** Keep every core busy from outside while it is measured. */
  readonly burners?: boolean;
  /** Measures memory, so it must be able to collect garbage. */
  readonly collects?: boolean;
  /** More rounds bring nothing: it is long, or repeats within itself. */
  readonly maxRounds?: number;
  readonly limitMs?: number;
  measure(bench: Bench): Promise<Metrics>;
}

/** What one process is asked to do. */
export interface Turn {
  readonly work: string;
  readonly contender: string;
  readonly setting: Setting;
  readonly quick: boolean;
  readonly trial: boolean;
}

export type TurnOutcome = { readonly metrics: Metrics } | { readonly failure: string };

/** All rounds of one contender at one work on one runtime. */
export interface Result {
  readonly runtime: string;
  readonly work: string;
  readonly contender: string;
  readonly setting: string;
  /** One entry a round, in order; a round that failed is absent. */
  readonly rounds: readonly Metrics[];
  /** Why it has no numbers, or fewer than asked. */
  readonly failure?: string;
}

export interface MachineLimit {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly loadAverage: readonly number[];
  readonly limits: readonly MachineLimit[];
}

export interface Report {
  readonly machine: Machine;
  /** As at the start in `machine`: how much else the machine had to do. The benchmark's own load is in it. */
  readonly loadAverageAtEnd: readonly number[];
  readonly runtimes: readonly { readonly title: string; readonly version: string }[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly results: readonly Result[];
}
