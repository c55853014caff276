export { constantValue, normal, ones, uniform, zeros } from './initialisers/initialisers.js'
export { applyLayer, type Bound, bind, type LayerCall, type Mode } from './layers/bind.js'
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
export {
  givenRandom,
  noRandom,
  type RandomRequest,
  type RandomSource,
  randomFeeds,
  randomSpecs,
  recordRandom,
} from './layers/random-source.js'
export { sequential } from './layers/sequential.js'
export { arraysOf, countParameters, initialise, mapLayers } from './layers/variables.js'
