import { Worker } from 'node:worker_threads'
import type { WorkerLike } from '@epipole/core'
import type { Device } from './device.js'
import { type NodeRuntimeOptions, nodeRuntime } from './node-runtime.node.js'
import { runtimeDevice } from './runtime-device.js'
import { runtimeTasks } from './runtime-tasks.js'
import { PROCESSOR } from './targets.js'

export type { NodeRuntimeOptions } from './node-runtime.node.js'

export interface NodeDeviceOptions extends NodeRuntimeOptions {
  /**
   * Run in a thread of its own (the default). The runtime computes synchronously: in the calling thread, timers, progress and
   * cancelling wait for the step to end, but a tiny step saves the messages to and fro.
   */
  readonly worker?: boolean
}

/** ONNX Runtime, natively in Node (the package `onnxruntime-node`). */
export function nodeDevice({ worker = true, ...options }: NodeDeviceOptions = {}): Device {
  return runtimeDevice('node', {
    worker,
    createWorker: () => thread(options),
    tasks: runtimeTasks(() => nodeRuntime(options)),
    target: PROCESSOR,
  })
}

function thread(options: NodeRuntimeOptions): WorkerLike {
  const worker = new Worker(new URL('./node-worker.node.js', import.meta.url), { workerData: options })
  // An idle device keeps no process alive: a run that is awaited does.
  worker.unref()
  let waiting = 0
  let ended = false
  return {
    postMessage(message, transfer = []) {
      if (waiting++ === 0) worker.ref()
      worker.postMessage(message, transfer as never)
    },
    onMessage: (listener) =>
      void worker.on('message', (message) => {
        if (--waiting === 0) worker.unref()
        listener(message)
      }),
    onError(listener) {
      worker.on('error', listener)
      worker.on('exit', (code) => {
        if (!ended) listener(new Error(`the device's thread ended by itself with exit code ${code}`))
      })
    },
    async terminate() {
      ended = true
      await worker.terminate()
    },
  }
}
