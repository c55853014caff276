import { browserWorker } from './browser-worker.js'
import type { Device } from './device.js'
import { runtimeDevice } from './runtime-device.js'
import { runtimeTasks } from './runtime-tasks.js'
import { GPU } from './targets.js'
import type { WebDeviceOptions } from './web.js'
import { noWebGpu, webGpuRuntime } from './webgpu-runtime.js'

/**
 * ONNX Runtime on WebGPU (the package `onnxruntime-web`), in browsers that have it. What its GPU kernels do not cover runs in
 * WebAssembly; `docs/graph-webgpu.md` lists what was checked.
 * @throws EpipoleError `unsupported` where there is no WebGPU (at once), or no adapter for it (when something is compiled)
 */
export function webGpuDevice({ worker = true, ...options }: WebDeviceOptions = {}): Device {
  if ((globalThis.navigator as { gpu?: unknown } | undefined)?.gpu === undefined)
    noWebGpu('No WebGPU here: it needs a browser that has it, and a secure page (https or localhost).')
  return runtimeDevice('webgpu', {
    worker,
    createWorker: () =>
      browserWorker(
        new Worker(new URL('./webgpu-worker.js', import.meta.url), { type: 'module', name: JSON.stringify(options) }),
      ),
    tasks: runtimeTasks(() => webGpuRuntime(options)),
    target: GPU,
  })
}
