/** What `RpcService` takes, and the checks that refuse anything else at once. */
import { randomBytes } from 'node:crypto';
import { checkCallback, checkDelay, checkInterval, checkObject, checkOneOf } from '../../pacing/option-checks.ts';
import type { StreamTarget } from '../../process/process-options.ts';
import { type RestartOptions, RestartPolicy } from '../../process/restart-policy.ts';
import { runtime } from '../../runtime.ts';
import { describe } from '../../signal/wait-options.ts';
import { connectionSettings } from '../connection-options.ts';
import { type ExposeOptions, policyOf } from '../expose.ts';
import { addressText, netAddress } from '../socket-address.ts';
import type { ConnectOptions } from '../socket-connection.ts';
import type { ServiceListenOptions, ServiceSetup } from './service-control.ts';
import type { ServiceUnhealthyEvent } from './service-events.ts';

/** Where a service runs. */
export type ServiceHost = 'inline' | 'thread' | 'process';

/** How often a service is asked whether it is well. */
export interface HealthCheckOptions {
  /** Milliseconds between two checks. @default {5_000} */
  readonly interval?: number | undefined;
  /** Milliseconds that an answer may take. @default {5_000} */
  readonly timeout?: number | undefined;
}

/** What a service is, where it runs and what becomes of it when something goes wrong. */
export interface RpcServiceOptions {
  /** What it is called in messages, and among the servers that programs of this user have left behind. */
  readonly name: string;
  /** Its module: a URL, or a path relative to the working directory. Needed for a thread and a process. */
  readonly module?: URL | string | undefined;
  /**
   * Which export of the module it is: a class, which is constructed; a function, which is called and may be async; or
   * the object itself.
   *
   * @default {'default'}
   */
  readonly export?: string | undefined;
  /** What the class or function is given. Copied where it runs elsewhere. @default {[]} */
  readonly args?: readonly unknown[] | undefined;
  /** Instead of a module, and with `host: 'inline'` only: the class, the function or the object itself. */
  readonly service?: unknown;
  /**
   * Where it runs. `inline`: in this thread, which it can block. `thread`: in one of its own; it can be ended whatever
   * it does, and dies with this process. `process`: in one of its own; what it does to memory and process harms nobody
   * else.
   */
  readonly host: ServiceHost;
  /**
   * Where it listens for clients of other processes, and how; as for `listen`. A process always listens.
   *
   * @default {nowhere; a process: at a port that the system chooses, with a secret of its own}
   */
  readonly listen?: ServiceListenOptions | undefined;
  /** How this side connects to it over TLS. @default {trusting the certificate of `listen.tls`} */
  readonly clientTls?: ConnectOptions['tls'];
  /** How calls are carried out, and what can be reached. */
  readonly expose?: ExposeOptions | undefined;
  /** Milliseconds that a start may take, from nothing to ready. @default {30_000} */
  readonly startTimeout?: number | undefined;
  /** Milliseconds that a shutdown or restart may take unless it is told. @default {10_000} */
  readonly stopTimeout?: number | undefined;
  /** How often it is asked whether it is well; `false` for never. @default {every 5 seconds} */
  readonly health?: HealthCheckOptions | false | undefined;
  /**
   * Called when a health check fails: `restart` ends the run and starts another one, `report` leaves it at the events.
   *
   * @default {'report'}
   */
  readonly onUnhealthy?: ((event: ServiceUnhealthyEvent) => 'restart' | 'report') | undefined;
  /**
   * Whether and how it is started again once it has been ready and then ended, unasked: after growing pauses, and at
   * most so often. `false`: never.
   *
   * @default {after any end, at most 5 times a minute}
   */
  readonly restart?: boolean | RestartOptions | undefined;
  /** What may be called again if the connection is lost; see ReconnectingClient. */
  readonly idempotent?: readonly string[] | undefined;
  /** Where the output of its thread or process leads. With `pipe` its end is an error with the last of it. */
  readonly stdio?: StreamTarget | undefined;
  /** The environment of its process. @default {this process's} */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The working directory of its process. @default {this process's} */
  readonly cwd?: string | URL | undefined;
  /**
   * Whether its process ends with this one, however that ends. `false`: it goes on serving at its port or path, until
   * a service of the same name and address is started, which ends it. A shutdown ends it in any case.
   *
   * @default {true}
   */
  readonly diesWithParent?: boolean | undefined;
}

/** The same with all defaults in place. */
export interface ServiceSettings {
  readonly host: ServiceHost;
  readonly setup: ServiceSetup;
  readonly given: unknown;
  readonly clientTls: ConnectOptions['tls'];
  readonly startTimeout: number;
  readonly stopTimeout: number;
  readonly health: { readonly interval: number; readonly timeout: number } | undefined;
  readonly onUnhealthy: (event: ServiceUnhealthyEvent) => 'restart' | 'report';
  readonly restart: RestartOptions | undefined;
  readonly idempotent: readonly string[] | undefined;
  readonly stdio: StreamTarget;
  readonly env: RpcServiceOptions['env'];
  readonly cwd: RpcServiceOptions['cwd'];
  readonly diesWithParent: boolean;
}

const SECRET_BYTES = 32;

/** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
export function serviceSettings(options: RpcServiceOptions): ServiceSettings {
  checkObject('the options of a service', options);
  const { name, host, startTimeout = 30_000, stopTimeout = 10_000, onUnhealthy, clientTls, idempotent } = options;
  const { restart = true, stdio = 'inherit', env, cwd, diesWithParent = true, expose = {} } = options;
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`Expected option 'name' to be the name of the service, got ${describe(name)}`);
  }
  checkOneOf('host', host, ['inline', 'thread', 'process']);
  checkDelay('startTimeout', startTimeout);
  checkDelay('stopTimeout', stopTimeout);
  checkCallback('onUnhealthy', onUnhealthy);
  checkOneOf('stdio', stdio, ['inherit', 'pipe', 'ignore']);
  if (typeof diesWithParent !== 'boolean') {
    throw new TypeError(`Expected option 'diesWithParent' to be a boolean, got ${describe(diesWithParent)}`);
  }
  checkExpose(expose, host);
  const restartOptions =
    restart === false ? undefined : { when: 'always' as const, ...(restart === true ? {} : restart) };
  if (restartOptions !== undefined) new RestartPolicy(restartOptions);
  const { module, listen } = { module: moduleOf(options), listen: listenOptions(options) };
  const isNamed = host === 'process' && listen !== undefined && (listen.path !== undefined || listen.port !== 0);
  const setup: ServiceSetup = {
    ...{ name, module, listen, expose },
    export: options.export ?? 'default',
    args: [...(options.args ?? [])],
    identity: isNamed ? randomBytes(SECRET_BYTES).toString('hex') : undefined,
    outlivesParent: !diesWithParent,
  };
  return {
    ...{ host, setup, clientTls, startTimeout, stopTimeout, idempotent, stdio, env, cwd, diesWithParent },
    given: options.service,
    health: healthOptions(options.health),
    onUnhealthy: onUnhealthy ?? (() => 'report'),
    restart: restartOptions,
  };
}

function moduleOf({ module, service, host, name, args, export: wanted }: RpcServiceOptions): string | undefined {
  if ((module === undefined) === (service === undefined)) {
    throw new TypeError(`Expected exactly one of the options 'module' and 'service' for service '${name}'`);
  }
  if (args !== undefined && !Array.isArray(args)) {
    throw new TypeError(`Expected option 'args' to be an array, got ${describe(args)}`);
  }
  if (wanted !== undefined && typeof wanted !== 'string') {
    throw new TypeError(`Expected option 'export' to be the name of an export, got ${describe(wanted)}`);
  }
  if (module === undefined) {
    if (host === 'inline') return undefined;
    throw new TypeError(
      `Expected option 'module' for service '${name}': an object or class cannot go to a ${host}; put it into a ` +
        "module of its own and pass the module's URL",
    );
  }
  if (typeof module !== 'string' && !(module instanceof URL)) {
    throw new TypeError(`Expected option 'module' to be a URL or a path, got ${describe(module)}`);
  }
  return runtime().resolveModule(module);
}

function listenOptions({ listen, host, diesWithParent }: RpcServiceOptions): ServiceListenOptions | undefined {
  if (listen === undefined) {
    if (diesWithParent === false) {
      throw new TypeError("Expected option 'listen' to name a port or path with diesWithParent: false, got none");
    }
    return host === 'process' ? { port: 0, secret: randomBytes(SECRET_BYTES).toString('hex') } : undefined;
  }
  checkObject("option 'listen'", listen);
  connectionSettings(listen);
  addressText(netAddress(listen, 0));
  return listen;
}

function checkExpose(expose: ExposeOptions, host: ServiceHost): void {
  policyOf({}, { ...expose, allow: undefined });
  if (host === 'inline' || expose.allow === undefined || Array.isArray(expose.allow)) return;
  throw new TypeError(`Expected option 'expose.allow' to be a list of names: a function cannot go to a ${host}`);
}

function healthOptions(health: HealthCheckOptions | false | undefined): ServiceSettings['health'] {
  if (health === false) return undefined;
  checkObject("option 'health'", health ?? {});
  const { interval = 5_000, timeout = 5_000 } = health ?? {};
  checkInterval('health.interval', interval);
  checkInterval('health.timeout', timeout);
  return { interval, timeout };
}
