import { expect, test } from 'vitest'
import { throwIfAborted, yieldToEventLoop } from './abort.js'
import { isEpipoleError } from './errors.js'

test('throws only once the signal has fired, and carries its reason', () => {
  const controller = new AbortController()
  throwIfAborted(undefined)
  throwIfAborted(controller.signal)
  controller.abort('user pressed Ctrl-C')
  let thrown: unknown
  try {
    throwIfAborted(controller.signal)
  } catch (error) {
    thrown = error
  }
  expect(isEpipoleError(thrown) && thrown.code).toBe('aborted')
  expect((thrown as Error).cause).toBe('user pressed Ctrl-C')
})

test('yielding lets timers and messages in', async () => {
  let fired = false
  setTimeout(() => {
    fired = true
  }, 5)
  const start = performance.now()
  while (!fired && performance.now() - start < 5000) await yieldToEventLoop()
  expect(fired).toBe(true)
})

test('yielding works where setImmediate is missing, as in browsers', async () => {
  const { setImmediate } = globalThis
  Reflect.deleteProperty(globalThis, 'setImmediate')
  try {
    let order = ''
    queueMicrotask(() => {
      order += 'microtask '
    })
    await yieldToEventLoop()
    expect(`${order}after`).toBe('microtask after')
  } finally {
    globalThis.setImmediate = setImmediate
  }
})
