import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { EpipoleError, isEpipoleError } from '../errors.js'
import * as core from '../index.js'
import { createPool, type Pool, type PoolOptions } from './pool.js'
import { defaultWorkers, type TaskContext, type WorkerLike } from './worker.js'

/** Stands on its own, so that threads can be given its source. */
const makeTasks = ({ EpipoleError, randomStream, transferring }: typeof core) => ({
  square: (x: number) => x * x,
  /** Order-sensitive floating-point work that draws random numbers by its own name. */
  walk: ({ seed, steps }: { seed: number; steps: number }) => {
    const random = randomStream(seed, 'walk')
    let at = 0
    for (let i = 0; i < steps; i++) at += random.normal()
    return at
  },
  refuse: (file: string) => {
    throw new EpipoleError('input', `${file} is damaged.`, { file, offset: 7, cannotBeCloned: () => 1 })
  },
  crash: () => {
    throw new RangeError('index 5')
  },
  uncloneable: () => () => 1,
  fill: (n: number) => {
    const bytes = new Uint8Array(n).fill(3)
    return transferring({ bytes }, [bytes.buffer])
  },
  size: (bytes: Uint8Array) => bytes.byteLength,
  /** Waits until it is given up, then says so through a shared cell; without a signal it ends after `ms`. */
  wait: async ({ ms, cell }: { ms: number; cell: Int32Array }, { signal }: TaskContext) => {
    const end = performance.now() + ms
    Atomics.add(cell, 0, 1)
    while (performance.now() < end && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 2))
    if (signal.aborted) Atomics.add(cell, 1, 1)
    return 'waited'
  },
  exit: () => process.exit(3),
})
const tasks = makeTasks(core)

// Threads run the built package (`tsc -b` comes before the tests), with the tasks above as source.
const dist = new URL('../../dist/index.js', import.meta.url).href
const source = `
  const { workerData } = require('node:worker_threads')
  import(workerData).then((core) => core.serveTasks((${String(makeTasks)})(core)))`

let started = 0
function thread(code = source): WorkerLike {
  started++
  const worker = new Worker(code, { eval: true, workerData: dist })
  let ended = false
  return {
    postMessage: (message, transfer = []) => worker.postMessage(message, transfer as never),
    onMessage: (listener) => void worker.on('message', listener),
    onError: (listener) => {
      worker.on('error', listener)
      worker.on('exit', (code) => {
        if (!ended) listener(new Error(`exit code ${code}`))
      })
    },
    terminate: async () => {
      ended = true
      await worker.terminate()
    },
  }
}

const pools: Pool<typeof tasks>[] = []
function open(options: Partial<PoolOptions<typeof tasks>> & { workers: number }): Pool<typeof tasks> {
  const pool = createPool({ createWorker: () => thread(), tasks, ...options })
  pools.push(pool)
  return pool
}
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close()
})

async function failure(promise: Promise<unknown>): Promise<EpipoleError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isEpipoleError(error)) throw new Error(`no EpipoleError but ${String(error)}`)
  return error
}

const until = async (condition: () => boolean) => {
  const end = performance.now() + 10_000
  while (!condition() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 2))
  expect(condition()).toBe(true)
}

describe.each([0, 1, 3])('%i workers', (workers) => {
  test('results come back, in order, the same for any number of workers', async () => {
    const pool = open({ workers })
    expect(await pool.run('square', 7)).toBe(49)
    const done: number[] = []
    const seeds = Array.from({ length: 40 }, (_, i) => i)
    const ends = await pool.map(seeds, (seed) => ({ task: 'walk', payload: { seed, steps: 100 + 50 * (seed % 7) } }), {
      onDone: (result, item, index) => {
        expect(item).toBe(index)
        done.push(result)
      },
    })
    expect(ends).toEqual(seeds.map((seed) => tasks.walk({ seed, steps: 100 + 50 * (seed % 7) })))
    expect(done.toSorted()).toEqual(ends.toSorted())
  })

  test('errors keep code, message and details; others name the task', async () => {
    const pool = open({ workers })
    const refused = await failure(pool.run('refuse', 'a.jpg'))
    expect(refused).toBeInstanceOf(EpipoleError)
    expect([refused.code, refused.message]).toEqual(['input', 'a.jpg is damaged.'])
    expect(refused.details).toMatchObject({ file: 'a.jpg', offset: 7 })
    expect(refused.stack).toContain('refuse')
    const crashed = await failure(pool.run('crash', undefined as never))
    expect([crashed.code, crashed.message]).toEqual(['internal', 'Task "crash" failed: RangeError: index 5'])
    const unknown = await failure(pool.run('toString' as 'square', 1))
    expect([unknown.code, unknown.message]).toEqual(['usage', expect.stringContaining('no task "toString"')])
    // The pool works on.
    expect(await pool.run('square', 3)).toBe(9)
  })

  test('a signal rejects what waits and what runs; the pool works on', async () => {
    const pool = open({ workers })
    const cell = new Int32Array(new SharedArrayBuffer(8))
    const controller = new AbortController()
    const many = Array.from({ length: workers + 3 }, () =>
      failure(pool.run('wait', { ms: 60_000, cell }, { signal: controller.signal })),
    )
    const busy = Math.max(1, workers)
    await until(() => cell[0] === busy)
    controller.abort('stop')
    for (const error of await Promise.all(many)) expect([error.code, error.cause]).toEqual(['aborted', 'stop'])
    await until(() => cell[1] === busy)
    expect(cell[0]).toBe(busy)
    expect((await failure(pool.run('square', 2, { signal: controller.signal }))).code).toBe('aborted')
    expect(await pool.run('square', 2)).toBe(4)
  })

  test('closing rejects everything; afterwards the pool refuses', async () => {
    const pool = open({ workers })
    const cell = new Int32Array(new SharedArrayBuffer(8))
    const running = Array.from({ length: workers + 2 }, () => failure(pool.run('wait', { ms: 60_000, cell })))
    await until(() => cell[0] === Math.max(1, workers))
    await pool.close()
    for (const error of await Promise.all(running)) expect(error.code).toBe('aborted')
    expect((await failure(pool.run('square', 2))).code).toBe('usage')
    await pool.close()
  })

  test("the pool's signal closes it", async () => {
    const controller = new AbortController()
    const pool = open({ workers, signal: controller.signal })
    const cell = new Int32Array(new SharedArrayBuffer(8))
    const running = failure(pool.run('wait', { ms: 60_000, cell }))
    await until(() => cell[0] === 1)
    controller.abort()
    expect((await running).code).toBe('aborted')
    expect((await failure(pool.run('square', 1))).code).toBe('aborted')
    expect((await failure(open({ workers, signal: controller.signal }).run('square', 1))).code).toBe('aborted')
  })

  test('map stops at the first failure, or recovers each', async () => {
    const pool = open({ workers })
    const made: number[] = []
    const toTask = (item: number, index: number) => {
      made.push(index)
      if (item === 5) throw new EpipoleError('io', 'cannot read item 5')
      return item % 4 === 3
        ? { task: 'refuse' as const, payload: `${item}.jpg` }
        : { task: 'square' as const, payload: item }
    }
    const items = Array.from({ length: 100 }, (_, i) => i)
    const error = await failure(pool.map<number, 'square' | 'refuse'>(items, toTask as never))
    expect(['input', 'io']).toContain(error.code)
    expect(made.length).toBeLessThan(20)
    const results = await pool.map<number, 'square' | 'refuse'>(items.slice(0, 10), toTask as never, {
      recover: (failed, item, index) => {
        expect(index).toBe(item)
        return -failed.message.length as never
      },
    })
    expect(results).toEqual([0, 1, 4, -17, 16, -18, 36, -17, 64, 81])
    const failingWrite = pool.map(items, (payload) => ({ task: 'square', payload }), {
      onDone: async (_result, item) => {
        if (item === 2) throw new EpipoleError('io', 'disk full')
      },
    })
    expect((await failure(failingWrite)).message).toBe('disk full')
    expect(await pool.map([], (payload: number) => ({ task: 'square', payload }))).toEqual([])
  })

  test('map heeds its signal', async () => {
    const pool = open({ workers })
    const controller = new AbortController()
    let count = 0
    const mapped = pool.map(
      Array.from({ length: 500 }, (_, i) => i),
      (payload) => ({ task: 'square', payload }),
      {
        signal: controller.signal,
        onDone: () => {
          if (++count === 10) controller.abort()
        },
        recover: () => -1,
      },
    )
    expect((await failure(mapped)).code).toBe('aborted')
    expect(count).toBeLessThan(30)
  })
})

test('higher priority goes first, equal ones in order', async () => {
  for (const workers of [0, 1]) {
    const pool = open({ workers })
    const order: string[] = []
    const call = (name: string, priority?: number) =>
      pool.run('square', 1, priority === undefined ? {} : { priority }).then(() => order.push(name))
    await Promise.all([call('running'), call('a'), call('b'), call('high 1', 5), call('low', -1), call('high 2', 5)])
    expect(order).toEqual(['running', 'high 1', 'high 2', 'a', 'b', 'low'])
  }
})

test('buffers move to the worker and back', async () => {
  const pool = open({ workers: 1 })
  const bytes = new Uint8Array(1000)
  expect(await pool.run('size', bytes, { transfer: [bytes.buffer] })).toBe(1000)
  expect(bytes.byteLength).toBe(0)
  expect((await pool.run('fill', 10)).bytes).toEqual(new Uint8Array(10).fill(3))
  expect((await open({ workers: 0 }).run('fill', 2)).bytes).toEqual(new Uint8Array(2).fill(3))
})

test('what cannot be copied is refused, either way', async () => {
  const pool = open({ workers: 1 })
  expect((await failure(pool.run('square', (() => 1) as never))).code).toBe('usage')
  expect((await failure(pool.run('uncloneable', undefined as never))).message).toContain('could not be cloned')
  expect(await pool.run('square', 4)).toBe(16)
})

test('a worker that dies rejects its task and is replaced', async () => {
  started = 0
  const pool = open({ workers: 2 })
  const results = await Promise.allSettled([
    pool.run('exit', undefined as never),
    pool.run('square', 2),
    pool.run('square', 3),
    pool.run('square', 4),
  ])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  const error = await failure(pool.run('exit', undefined as never))
  expect([error.code, error.message]).toEqual(['internal', 'The worker for task "exit" died: exit code 3.'])
  expect(await Promise.all([1, 2, 3, 4].map((x) => pool.run('square', x)))).toEqual([1, 4, 9, 16])
  expect(started).toBeLessThanOrEqual(4)
})

test('workers that cannot start reject their tasks rather than hang', async () => {
  const broken = open({ workers: 2, createWorker: () => thread('throw new Error("no such file")') })
  expect((await failure(broken.run('square', 1))).message).toBe('The worker for task "square" died: no such file.')
  const absent = open({
    workers: 1,
    createWorker: () => {
      throw new Error('Worker is not defined')
    },
  })
  const errors = await Promise.all([failure(absent.run('square', 1)), failure(absent.run('square', 2))])
  for (const error of errors)
    expect([error.code, (error.cause as Error).message]).toEqual(['internal', 'Worker is not defined'])
})

test('workers start only when there is work for them', async () => {
  started = 0
  const pool = open({ workers: 8 })
  expect(started).toBe(0)
  await pool.run('square', 1)
  await pool.run('square', 2)
  expect(started).toBe(1)
})

test('a pool of half a worker is refused; the default is at least one', () => {
  for (const workers of [-1, 0.5, Number.NaN]) {
    expect(() => createPool({ workers, createWorker: () => thread(), tasks })).toThrow(EpipoleError)
  }
  expect(defaultWorkers()).toBeGreaterThanOrEqual(1)
  expect(Number.isInteger(defaultWorkers())).toBe(true)
})
