import { EventEmitter } from 'node:events';
import { proxy } from 'comlink';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RpcRefusedError } from '../../src/errors.ts';
import { reachCheck, type ReachType } from '../../src/rpc/reachable.ts';
import { scaled } from '../support/scale.ts';

class Database {
  readonly password = 'secret';
  query(): string {
    return 'rows';
  }
}

class Base {
  inherited(): string {
    return 'from the base';
  }
}

class Service extends Base {
  count = 0;
  settings = { depth: { limit: 5 } };
  readonly database = new Database();
  readonly counter = proxy(new Database());
  handler = (): string => 'injected';
  #hidden = 1;
  get hidden(): number {
    return this.#hidden;
  }
  set hidden(value: number) {
    this.#hidden = value;
  }
  method(): string {
    return 'result';
  }
  static create(): Service {
    return new Service();
  }
}

function reaches(target: unknown, path: string[], type: ReachType = 'APPLY', names?: string[]): boolean {
  try {
    reachCheck(target, names)(path, target, type);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(RpcRefusedError);
    return false;
  }
}

describe('of a plain object', () => {
  const api = {
    double: (n: number) => 2 * n,
    data: { list: [1, { deep: 2 }], text: 'x' },
    Service,
    service: new Service(),
    marked: proxy(new Service()),
    get computed(): number {
      throw new Error('was read');
    },
    set computed(_: number) {
      throw new Error('was set');
    },
  };

  test.each<[ReachType, string]>([
    ['APPLY', 'double'],
    ['GET', 'data'],
    ['GET', 'data.list.1.deep'],
    ['SET', 'data.text'],
    ['SET', 'data.list.0'],
    ['CONSTRUCT', 'Service'],
    ['APPLY', 'Service.create'],
    ['APPLY', 'service.method'],
    ['GET', 'service.count'],
    ['GET', 'marked'],
    ['ENDPOINT', ''],
    ['GET', 'missing'],
    ['APPLY', 'missing.more'],
  ])('%s %s is let through', (type, path) => {
    expect(reaches(api, path === '' ? [] : path.split('.'), type)).toBe(true);
  });

  test.each<[ReachType, string]>([
    ['APPLY', 'constructor'],
    ['APPLY', 'double.constructor'],
    ['GET', '__proto__'],
    ['GET', 'double.prototype'],
    ['APPLY', 'toString'],
    ['APPLY', 'hasOwnProperty'],
    ['APPLY', '__defineGetter__'],
    ['APPLY', 'double.call'],
    ['APPLY', 'double.bind'],
    ['GET', 'double.name'],
    ['APPLY', 'data.list.push'],
    ['SET', 'data.list.length'],
    ['SET', 'data.list.7'],
    ['SET', 'data.unknown'],
    ['GET', 'data.text.length'],
    ['GET', 'computed'],
    ['SET', 'computed'],
    ['SET', 'double'],
    ['SET', 'service'],
    ['GET', 'service'],
    ['GET', ''],
    ['SET', ''],
    ['APPLY', ''],
  ])('%s %s is refused', (type, path) => {
    expect(reaches(api, path === '' ? [] : path.split('.'), type)).toBe(false);
  });

  test('what was refused is named with the reason', () => {
    expect(() => reachCheck(api)(['double', 'constructor'], api, 'APPLY')).toThrow(
      "Cannot reach 'double.constructor' of the exposed object: 'constructor' is never reached",
    );
  });
});

describe('of an instance', () => {
  test.each<[ReachType, string]>([
    ['APPLY', 'method'],
    ['APPLY', 'inherited'],
    ['GET', 'hidden'],
    ['SET', 'hidden'],
    ['GET', 'count'],
    ['SET', 'count'],
    ['GET', 'settings.depth.limit'],
    ['SET', 'settings.depth.limit'],
    ['GET', 'counter'],
    ['GET', '#hidden'],
  ])('%s %s is let through', (type, path) => {
    expect(reaches(new Service(), path.split('.'), type)).toBe(true);
  });

  test.each<[ReachType, string]>([
    ['GET', 'database'],
    ['GET', 'database.password'],
    ['APPLY', 'database.query'],
    ['APPLY', 'handler'],
    ['SET', 'handler'],
    ['SET', 'method'],
    ['CONSTRUCT', 'method'],
    ['APPLY', 'method.call'],
    ['GET', 'hidden.toFixed'],
    ['APPLY', 'toString'],
    ['APPLY', 'constructor'],
    ['APPLY', 'constructor.create'],
  ])('%s %s is refused', (type, path) => {
    expect(reaches(new Service(), path.split('.'), type)).toBe(false);
  });

  test('an instance that comes to be reached by proxy() is one like any other', () => {
    const marked = proxy(new Service());
    expect(reaches(marked, ['method'])).toBe(true);
    expect(reaches(marked, ['handler'])).toBe(false);
    expect(reaches(marked, ['database', 'query'])).toBe(false);
  });

  test('methods of what is built in are no methods of its class', () => {
    class Emitting extends EventEmitter {
      own(): void {}
    }
    class Listing extends Array<number> {
      own(): void {}
    }
    for (const instance of [new Emitting(), new Listing()]) {
      expect(reaches(instance, ['own'])).toBe(true);
      for (const name of ['emit', 'on', 'push', 'map', 'toString'].filter((any) => any in instance)) {
        expect([name, reaches(instance, [name])]).toEqual([name, false]);
      }
    }
    for (const builtIn of [new Map(), new Date(), Promise.resolve(), new EventEmitter(), Buffer.alloc(1)]) {
      for (const name of ['get', 'getTime', 'then', 'emit', 'fill', 'toString'].filter((any) => any in builtIn)) {
        expect([name, reaches(builtIn, [name])]).toEqual([name, false]);
      }
    }
  });

  test('members that come from an object rather than a class are refused', () => {
    const inherits = Object.create({ method: () => 1 }) as object;
    expect(reaches(inherits, ['method'])).toBe(false);
  });
});

describe('of a function or class', () => {
  test('the call and the construction, and static members of its own', () => {
    const f = Object.assign(() => 1, { helper: () => 2 });
    expect([reaches(f, []), reaches(f, ['helper']), reaches(Service, [], 'CONSTRUCT')]).toEqual([true, true, true]);
    expect(reaches(Service, ['create'])).toBe(true);
    for (const name of ['call', 'apply', 'bind', 'toString', 'constructor', 'prototype', 'name', 'length', 'caller']) {
      expect([name, reaches(f, [name]), reaches(Service, [name])]).toEqual([name, false, false]);
    }
    expect(reaches(Service, ['prototype', 'method'])).toBe(false);
    class Derived extends Service {}
    expect(reaches(Derived, ['create'])).toBe(false);
  });
});

describe('a list of names', () => {
  const names = ['method', 'settings.depth', 'handler', 'database.query'];

  test.each<[boolean, ReachType, string]>([
    [true, 'APPLY', 'method'],
    [true, 'GET', 'settings.depth'],
    [true, 'GET', 'settings.depth.limit'],
    [true, 'APPLY', 'handler'],
    [true, 'APPLY', 'database.query'],
    [false, 'GET', 'database.password'],
    [false, 'GET', 'database'],
    [false, 'GET', 'settings'],
    [false, 'APPLY', 'inherited'],
    [false, 'GET', 'count'],
    [false, 'APPLY', 'method.constructor'],
    [false, 'APPLY', 'methodology'],
  ])('lets through (%s) %s %s', (expected, type, path) => {
    expect(reaches(new Service(), path.split('.'), type, names)).toBe(expected);
  });

  test('holds for the exposed object, not for others that are reached through it', () => {
    const check = reachCheck(new Service(), ['method']);
    expect(() => check(['inherited'], new Service(), 'APPLY')).not.toThrow();
  });

  test('a name with a dot in it is no path', () => {
    expect(reaches({ a: { b: 1 }, 'a.b': 2 }, ['a.b'], 'GET', ['a.b'])).toBe(false);
  });

  test('must be a list of names', () => {
    for (const names of ['method', [1], {}]) expect(() => reachCheck({}, names as never)).toThrow(/option 'allow'/);
  });
});

describe('a path that tries to escape', () => {
  const NASTY = [
    ...['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'call', 'apply', 'bind', 'caller', 'arguments'],
    ...['__defineGetter__', '__lookupGetter__', 'hasOwnProperty', 'length', 'name', 'then', 'push', 'concat', 'map'],
  ];
  const KNOWN = ['open', 'nested', 'list', '0', '1', 'service', 'method', 'database', 'query', 'handler', 'settings'];

  test('reaches nothing but what is open to it, and changes nothing that is there for all', () => {
    const service = new Service();
    const open = (): number => 1;
    const api = { open, nested: { open, list: [1, { open }] }, service };
    const isOpen = (value: unknown): boolean =>
      value === open || value === service.method || value === service.inherited || isData(value);
    const name = fc.oneof(fc.constantFrom(...NASTY), fc.constantFrom(...KNOWN), fc.string());
    const type = fc.constantFrom<ReachType>('GET', 'SET', 'APPLY', 'CONSTRUCT');
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), type, (path, what) => {
        if (!reaches(api, path, what)) return;
        const reached = path.reduce<unknown>(
          (owner, key) => (owner as Record<string, unknown> | undefined)?.[key],
          api,
        );
        expect(isOpen(reached)).toBe(true);
        if (what === 'SET') expect(typeof reached).not.toBe('function');
      }),
      { numRuns: scaled(100_000) },
    );
  });

  test('with anything else than names in it is refused', () => {
    for (const odd of [5, null, undefined, {}, [], ['a'], { toString: () => 'open' }]) {
      expect(reaches({ open: () => 1 }, [odd as string])).toBe(false);
    }
  });
});

function isData(value: unknown): boolean {
  if (typeof value === 'function' || value instanceof Database) return false;
  return typeof value !== 'object' || value === null || Object.values(value).every((member) => member !== undefined);
}
