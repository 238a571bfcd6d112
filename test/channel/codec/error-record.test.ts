import { beforeAll, describe, expect, test } from 'vitest';
import { TaskCancelledError } from '../../../src/errors.ts';
import { fromErrorRecord, toErrorRecord } from '../../../src/channel/codec/error-record.ts';
import { installTestHost } from './_host.ts';
import { expectCloned, roundTrip } from './_round-trip.ts';

beforeAll(installTestHost);

/** As a worker sends what a task threw, and the main thread throws it again. */
function cross(thrown: unknown): unknown {
  const record = toErrorRecord(thrown);
  expectCloned(record);
  return fromErrorRecord(roundTrip(record));
}

describe('errors thrown in a thread', () => {
  test('keep class, message and stack', () => {
    for (const Kind of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
      const thrown = new Kind('what went wrong');
      const caught = cross(thrown) as Error;
      expect(caught).toBeInstanceOf(Kind);
      expect(Object.getPrototypeOf(caught)).toBe(Kind.prototype);
      expect(caught.message).toBe('what went wrong');
      expect(caught.stack).toBe(thrown.stack);
      expect(Object.keys(caught)).toEqual([]);
    }
  });

  test('keep the name of a class that the other side does not know', () => {
    class NoSuchCustomer extends TypeError {
      override name = 'NoSuchCustomer';
      readonly customer: number;
      constructor(customer: number) {
        super(`No customer ${customer}`);
        this.customer = customer;
      }
    }
    const caught = cross(new NoSuchCustomer(7)) as NoSuchCustomer;
    expect(caught).toBeInstanceOf(Error);
    expect(caught.name).toBe('NoSuchCustomer');
    expect(caught.customer).toBe(7);
    expect(String(caught)).toBe('NoSuchCustomer: No customer 7');
  });

  test('keep code and properties of their own', () => {
    const thrown = Object.assign(new Error('no such file'), {
      code: 'ENOENT',
      errno: -2,
      details: { path: '/x', at: new Date(0) },
    });
    const caught = cross(thrown) as typeof thrown;
    expect(caught.code).toBe('ENOENT');
    expect(caught.details).toEqual({ path: '/x', at: new Date(0) });
    expect(Object.keys(caught).sort()).toEqual(['code', 'details', 'errno']);
  });

  test('keep their causes, all the way down and around', () => {
    const root = Object.assign(new RangeError('root'), { code: 'E_ROOT' });
    const thrown = new Error('outer', { cause: new TypeError('middle', { cause: root }) });
    root.cause = thrown;
    const caught = cross(thrown) as Error & { cause: Error & { cause: Error & { code: string } } };
    expect(caught.cause).toBeInstanceOf(TypeError);
    expect(caught.cause.cause).toBeInstanceOf(RangeError);
    expect(caught.cause.cause.code).toBe('E_ROOT');
    expect(caught.cause.cause.cause).toBe(caught);
    expect(Object.getOwnPropertyDescriptor(caught, 'cause')?.enumerable).toBe(false);
  });

  test('keep a cause that is no error, even undefined', () => {
    expect((cross(new Error('x', { cause: 'text' })) as Error).cause).toBe('text');
    expect(Object.hasOwn(cross(new Error('x', { cause: undefined })) as Error, 'cause')).toBe(true);
    expect(Object.hasOwn(cross(new Error('x')) as Error, 'cause')).toBe(false);
  });

  test('keep the errors of an AggregateError', () => {
    const caught = cross(new AggregateError([new TypeError('a'), 'b'], 'many')) as AggregateError;
    expect(caught).toBeInstanceOf(AggregateError);
    expect(caught.errors[0]).toBeInstanceOf(TypeError);
    expect(caught.errors[1]).toBe('b');
  });

  test('of the DOM stay of the DOM', () => {
    const caught = cross(new DOMException('stopped', 'AbortError')) as DOMException;
    expect(caught).toBeInstanceOf(DOMException);
    expect(caught.name).toBe('AbortError');
    expect(caught.code).toBe(20);
  });

  test("of Reveille's own are known by their code", () => {
    const caught = cross(new TaskCancelledError('stopped'));
    expect(caught).toBeInstanceOf(TaskCancelledError);
    expect((caught as Error).name).toBe('AbortError');
  });

  test('arrive whatever hangs on them', () => {
    const thrown = Object.assign(new Error('busy'), {
      callback: function retry() {},
      token: Symbol('token'),
      options: { url: 'x', onError: () => 1, list: [1, () => 2] },
      promise: Promise.resolve(1),
    });
    Object.defineProperty(thrown, 'broken', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const caught = cross(thrown) as Error & Record<string, unknown>;
    expect(caught['callback']).toBe('[Function: retry]');
    expect(caught['token']).toBe('Symbol(token)');
    expect(caught['options']).toEqual({ url: 'x', onError: '[Function: onError]', list: [1, '[Function: anonymous]'] });
    expect(caught['promise']).toBe('[object Promise]');
    expect('broken' in caught).toBe(false);
  });
});

describe('other things thrown in a thread', () => {
  test('arrive as the same value', () => {
    for (const thrown of ['text', 7, undefined, null, true, 12n, -0]) expect(cross(thrown)).toBe(thrown);
    expect(cross({ status: 404, body: [1] })).toEqual({ status: 404, body: [1] });
    const looped: Record<string, unknown> = { a: 1 };
    looped['self'] = looped;
    const caught = cross(looped) as typeof looped;
    expect(caught['self']).toBe(caught);
  });

  test('are described where they cannot be cloned', () => {
    expect(cross(() => 1)).toMatch(/^\[Function: /);
    expect(cross(Symbol('s'))).toBe('Symbol(s)');
    expect(cross({ response: Promise.resolve(1) })).toEqual({ response: '[object Promise]' });
  });

  test('never make another error of it', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
        ownKeys: () => {
          throw new Error('trap');
        },
        getPrototypeOf: () => {
          throw new Error('trap');
        },
      },
    );
    expect(typeof cross(hostile)).toBe('string');
    const nameless = Object.defineProperty(new Error('x'), 'name', {
      get: () => {
        throw new Error('trap');
      },
    });
    expect((cross(nameless) as Error).message).toBe('x');
  });
});
