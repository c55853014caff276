export { type LoadWeightsOptions, loadWeights, type WeightsReport, weightsOf } from './load-weights.js'
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.js'
