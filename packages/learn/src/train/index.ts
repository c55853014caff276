export type { Budgets } from './budget.js'
export {
  type Checkpoint,
  type CheckpointStore,
  type History,
  memoryCheckpoints,
  modelArrays,
  type Position,
  readCheckpoint,
  readPosition,
  writeCheckpoint,
} from './checkpoint.js'
export { type CompiledModel, compileModel, traceModel } from './compile-model.js'
export { type CompiledTraining, compileTraining, type RunOptions } from './compile-training.js'
export { type EvaluateOptions, type Evaluation, evaluateClassifier, scoreLogits } from './evaluate.js'
export { describeNonFinite, findNonFinite, type NonFinite } from './probe.js'
export { type RangeTest, type RangeTestOptions, rangeTest } from './range-test.js'
export {
  type CompiledStatistics,
  compileStatistics,
  type LayerStatistics,
  type LookOptions,
  type ParameterStatistics,
  type StepStatistics,
  stepStatistics,
} from './statistics.js'
export {
  type ImageSpecs,
  type NormalisedPreparation,
  type StepReport,
  type TrainOptions,
  type TrainResult,
  train,
  type ValidationReport,
} from './train.js'
export {
  type Batch,
  type BatchSpecs,
  type LossResult,
  type StepFeeds,
  type TrainingState,
  type TrainingStep,
  type TrainingStepOptions,
  trainingStep,
  variablesInUse,
} from './training-step.js'
