export { type BatchRamp, batchRamp } from './batch-ramp.js'
export { type PlateauOptions, type PlateauState, plateau, plateauStart } from './plateau.js'
export { type RangeTestResult, readRangeTest } from './range-test.js'
export {
  asSchedule,
  constantRate,
  cosine,
  exponentialRate,
  linearRate,
  multiStepDecay,
  type OneCycleOptions,
  oneCycle,
  overBudget,
  type Schedule,
  sequence,
  stepDecay,
  times,
  warmUp,
} from './schedule.js'
