export * from './augment/index.js'
export * from './data/index.js'
export { type Description, describe, type LayerRow } from './describe/describe.js'
export { describeDiagram } from './describe/diagram.js'
export type { ReceptiveField } from './describe/receptive-field.js'
export { asSeparable, type SeparableSaving, separableSaving } from './describe/separable.js'
export { describeTable } from './describe/table.js'
export { type Views, views } from './describe/views.js'
export * from './diagnose/index.js'
export { fans, gain, type Nonlinearity } from './initialisers/fans.js'
export {
  constantly,
  type KaimingOptions,
  kaimingNormal,
  kaimingUniform,
  normal,
  ones,
  truncatedNormal,
  uniform,
  xavierNormal,
  xavierUniform,
  zeros,
} from './initialisers/initialisers.js'
export { orthogonal } from './initialisers/orthogonal.js'
export {
  elu,
  gelu,
  geluTanh,
  glu,
  leakyRelu,
  relu,
  sigmoid,
  silu,
  softplus,
  swiGlu,
  swish,
  tanh,
} from './layers/activations.js'
export { type AttentionLayerOptions, multiHeadAttention } from './layers/attention.js'
export { type BatchNormOptions, batchNorm } from './layers/batch-norm.js'
export { type Bound, bind, type LayerCall, type Mode } from './layers/bind.js'
export {
  type Conv2dLayerOptions,
  type ConvTranspose2dOptions,
  conv2d,
  convTranspose2d,
  depthwiseConv2d,
  samePadding,
  separableConv2d,
} from './layers/convolution.js'
export { type DropoutOptions, dropout, dropPath } from './layers/dropout.js'
export { embedding } from './layers/embedding.js'
export {
  type ArraySpec,
  asLayer,
  type Initialiser,
  type Layer,
  type LayerLike,
  type Own,
  type Updated,
  type Variables,
} from './layers/layer.js'
export { type LinearOptions, linear } from './layers/linear.js'
export { groupNorm, instanceNorm, layerNorm, layerNorm2d, type NormOptions, rmsNorm } from './layers/norms.js'
export { adaptiveAvgPool2d, avgPool2d, flatten, globalAveragePool, globalMaxPool, maxPool2d } from './layers/pooling.js'
export {
  givenRandom,
  noRandom,
  type RandomRequest,
  type RandomSource,
  randomFeeds,
  randomSpecs,
  recordRandom,
} from './layers/random-source.js'
export { layerScale, type ResidualOptions, residual } from './layers/residual.js'
export { globalResponseNorm, type ResponseNormOptions } from './layers/response-norm.js'
export { sequential } from './layers/sequential.js'
export { feedForward, type TransformerBlockOptions, transformerBlock } from './layers/transformer-block.js'
export { arraysOf, countParameters, initialise, mapLayers } from './layers/variables.js'
export { binaryCrossEntropy, binaryCrossEntropyWithLogits } from './losses/binary-cross-entropy.js'
export { type CrossEntropyOptions, crossEntropy } from './losses/cross-entropy.js'
export type { LossOptions, Reduction } from './losses/reduction.js'
export {
  huber,
  type KlOptions,
  klDivergence,
  meanAbsoluteError,
  meanSquaredError,
  smoothL1,
} from './losses/regression.js'
export { cosineEmbedding, cosineSimilarity, ntXent, type TripletOptions, triplet, unit } from './losses/similarity.js'
export {
  CONVNEXT_V2_SIZES,
  type ConvNeXtV2Options,
  convNeXtV2,
  convNeXtV2Block,
  convNeXtV2Encoder,
} from './models/convnext-v2.js'
export { type LeNetOptions, leNet } from './models/lenet.js'
export { mlp } from './models/mlp.js'
export { basicBlock, type ResNetOptions, resNet, resNet18 } from './models/resnet.js'
export { VIT_SIZES, type ViTOptions, vit, vitEncoder } from './models/vit.js'
export { MODEL_NAMES, type ModelOptions, modelByName } from './models/zoo.js'
export * from './optimizers/index.js'
export * from './quantize/index.js'
export * from './schedules/index.js'
export * from './train/index.js'
export * from './weights/index.js'
