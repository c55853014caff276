import { browserWorker } from './browser-worker.js'
import type { Device } from './device.js'
import { runtimeDevice } from './runtime-device.js'
import { runtimeTasks } from './runtime-tasks.js'
import { PROCESSOR } from './targets.js'
import { type WebRuntimeOptions, webRuntime } from './web-runtime.js'

export type { WebRuntimeOptions } from './web-runtime.js'

export interface WebDeviceOptions extends WebRuntimeOptions {
  /**
   * Run in a worker of its own, so that the page stays alive while a step computes: the default, except where there are no workers of
   * the web (Node).
   */
  readonly worker?: boolean
}

/** ONNX Runtime in WebAssembly (the package `onnxruntime-web`): browsers, and wherever there is no native binary. */
export function webDevice({ worker = typeof Worker === 'function', ...options }: WebDeviceOptions = {}): Device {
  return runtimeDevice('web', {
    worker,
    createWorker: () =>
      browserWorker(
        new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module', name: JSON.stringify(options) }),
      ),
    tasks: runtimeTasks(() => webRuntime(options)),
    target: PROCESSOR,
  })
}
