export { type CalibrateOptions, calibrate } from './calibrate.js'
export { rangeGrid, symmetricGrid } from './grids.js'
export { type QuantizeOptions, quantized, quantizedLayer } from './quantized.js'
export { codebookPerplexity, type VectorQuantizerOptions, vectorQuantizer } from './vector-quantizer.js'
