import { workerData } from 'node:worker_threads'
import { serveTasks } from '@epipole/core'
import { nodeRuntime } from './node-runtime.node.js'
import { runtimeTasks } from './runtime-tasks.js'

serveTasks(runtimeTasks(() => nodeRuntime(workerData)))
