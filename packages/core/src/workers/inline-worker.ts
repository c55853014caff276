import { yieldToEventLoop } from '../abort.js'
import { serveTasks } from './serve.js'
import type { Tasks, WorkerLike } from './worker.js'

/** A worker that is the calling thread: the same tasks behind the same messages, uncopied. */
export function inlineWorker(tasks: Tasks): WorkerLike {
  let receive: (event: { data: unknown }) => void = () => {}
  let answer: (message: unknown) => void = () => {}
  let ended = false
  serveTasks(tasks, {
    postMessage: (message) => {
      if (!ended) answer(message)
    },
    addEventListener: (_type, listener) => {
      receive = listener
    },
  })
  return {
    postMessage: (message) => {
      // Timers and signals get their turn before each task, as they would with a thread.
      void yieldToEventLoop().then(() => {
        if (!ended) receive({ data: message })
      })
    },
    onMessage: (listener) => {
      answer = listener
    },
    onError: () => {},
    terminate: async () => {
      ended = true
    },
  }
}
