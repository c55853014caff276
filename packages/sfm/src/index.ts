export { type Comparison, comparePoses, type PlainSim3, type ViewComparison } from './compare/compare.js'
export { readTruth, type ViewPose, viewPoses } from './compare/view-pose.js'
export { readColmapModel } from './formats/colmap/read-model.js'
export { COLMAP_FILE_NAMES, type ColmapFileNames, type ColmapFiles } from './formats/colmap/table.js'
export { writeColmapBinary } from './formats/colmap/write-binary.js'
export { writeColmapText } from './formats/colmap/write-text.js'
export { type NerfstudioOptions, nerfstudioVerdict, writeNerfstudio } from './formats/nerfstudio.js'
export { writePly } from './formats/ply.js'
export type { MapperCamera, MapperInput, MapperPair, MapperPhoto } from './mapper/input.js'
export { MAPPER_VERSION, type MappedModel, type MapperHooks, type MapperResult, mapScene } from './mapper/mapper.js'
export { defaultMapperOptions, type MapperOptions } from './mapper/options.js'
export type { SharingTest } from './mapper/share-intrinsics.js'
export {
  type CoarseToFine,
  type CoarseToFineOptions,
  type FeaturedSide,
  matchCoarseToFine,
} from './pairs/coarse-to-fine.js'
export { addConfirmedMatches, type MarkedMatches } from './pairs/confirmed-matches.js'
export { pairReason } from './pairs/pair-reason.js'
export { looksLikeVideo, type PairSelection, type SelectedPairs, selectPairs } from './pairs/select-pairs.js'
export type { TwoViewGeometry } from './pairs/two-view-geometry.js'
export { defaultVerifyOptions, type VerifyOptions } from './pairs/verify-options.js'
export { type PairSide, VERIFY_VERSION, verifyPair } from './pairs/verify-pair.js'
export { base64Length, fromBase64, toBase64 } from './report/base64.js'
export { errorHistogram, type Histogram, histogram, readableStep, trackLengthHistogram } from './report/histogram.js'
export { judge, largestModel, type QualityCheck, type QualityWord, qualityChecks } from './report/judge.js'
export { fromUnit16, type ModelData, type ModelDataOptions, type ModelImage, modelData } from './report/model-data.js'
export {
  escapedLength,
  PAIR_KINDS,
  type PackedModel,
  type PackedPairs,
  type PageData,
  packedBytes,
  packModel,
  packPairs,
  unpackModel,
  unpackPairs,
} from './report/page-data.js'
export type {
  CameraReport,
  ModelReport,
  PairKind,
  PairReport,
  PhotoReport,
  ReconstructReport,
  Verdict,
} from './report/report.js'
export {
  formatCount,
  formatSeconds,
  formatValue,
  formatVerdict,
  type PhotoCounts,
  photoCounts,
  type RefusalGroup,
  refusalGroups,
  summaryLines,
} from './report/summary.js'
export { assertModel, findModelProblem, type ModelProblem } from './scene/check.js'
export { type CorrespondenceGraph, correspondenceGraph, type PairMatches } from './scene/correspondence-graph.js'
export { mergeModels, renumberModel } from './scene/merge.js'
export { type NormalizedModel, normalizeModel } from './scene/normalize.js'
export {
  NO_POINT,
  type Reconstruction,
  type ReconstructionImage,
  type ReconstructionPoint,
} from './scene/reconstruction.js'
export { type ReprojectionErrors, reprojectionErrors, withCurrentErrors } from './scene/reprojection.js'
export { type ModelStatistics, modelStatistics } from './scene/statistics.js'
export { type SyntheticOptions, syntheticReconstruction } from './scene/synthetic.js'
export { transformModel } from './scene/transform.js'
export { type UndistortedModel, undistortModel } from './scene/undistort.js'
export { type Orientations, type UpDirection, upDirection } from './scene/up-direction.js'
