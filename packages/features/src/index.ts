export { type BoardSize, type Chessboard, findChessboard } from './chessboard/detect.js'
export type {
  CandidateLists,
  CandidateMatches,
  DescriptorKind,
  FeatureExtractor,
  Features,
  GrayImage,
  Matcher,
} from './features.js'
export { colorsAt } from './image/colors.js'
export { type ColorImage, grayFromRgb } from './image/gray.js'
export { type Interleaved, remap } from './image/remap.js'
export { type ResizedGray, resizeGray } from './image/resize.js'
export { type BruteForceOptions, bruteForceMatcher } from './match/brute-force.js'
export { featuresAt, largestFeatures } from './match/subset.js'
export { siftExtractor } from './sift/extractor.js'
export type { SiftOptions } from './sift/options.js'
