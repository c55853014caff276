export { fakeQuantize, type QuantizationGrid, rangeGrid, symmetricGrid } from './fake-quantize.js'
export { type QuantizeOptions, quantized, quantizedLayer } from './quantized.js'
export { codebookPerplexity, type VectorQuantizerOptions, vectorQuantizer } from './vector-quantizer.js'
