import { serveTasks } from '@epipole/core'
import { runtimeTasks } from './runtime-tasks.js'
import type { WebRuntimeOptions } from './web-runtime.js'
import { webGpuRuntime } from './webgpu-runtime.js'

// A worker of the web is given its options by name.
const { name } = globalThis as unknown as { name: string }
const options = JSON.parse(name) as WebRuntimeOptions
serveTasks(runtimeTasks(() => webGpuRuntime(options)))
