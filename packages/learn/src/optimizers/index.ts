export { type AdadeltaOptions, adadelta } from './adadelta.js'
export { type AdagradOptions, adagrad } from './adagrad.js'
export { type AdamOptions, adam, adamW } from './adam.js'
export { clipByNorm, clipByValue, type Gradients, globalNorm, l1Penalty, l2Penalty } from './gradients.js'
export { isMatrix, type ParameterGroup, parameterGroups, scaleRate } from './groups.js'
export { type MuonOptions, muon } from './muon.js'
export {
  applyOptimizer,
  initOptimizer,
  type Optimizer,
  type OptimizerState,
  type Parameter,
  type Rule,
  type RuleInputs,
  type Slots,
  type Update,
} from './optimizer.js'
export { coupledDecay, decoupledDecay, ema, emaOfOnes, zeroSlots } from './pieces.js'
export { type RmspropOptions, rmsprop } from './rmsprop.js'
export { type SgdOptions, sgd } from './sgd.js'
