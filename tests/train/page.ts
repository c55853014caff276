import { webDevice } from '@epipole/graph/web'
import { smallCnnLosses } from './small-cnn.js'

const trainInPage = { losses: (steps: number) => smallCnnLosses(webDevice({ worker: false }), steps) }
export type TrainInPage = typeof trainInPage
Object.assign(globalThis, { trainInPage })
