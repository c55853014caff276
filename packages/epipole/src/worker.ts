import { serveTasks } from '@epipole/core'
import { tasks } from './tasks/tasks.js'

serveTasks(tasks)
