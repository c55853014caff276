/** What needs files: actions on folders, and the store on disk. For Node only; everything else is in `epipole`. */
export { type CalibrateFilesOptions, type CalibrateFilesResult, calibrateFiles } from './actions/calibrate-files.js'
export {
  type CalibrateRigFilesOptions,
  type CalibrateRigFilesResult,
  calibrateRigFiles,
} from './actions/calibrate-rig-files.js'
export { compare } from './actions/compare.js'
export { CONVERT_TARGETS, type Converted, type ConvertOptions, type ConvertTarget, convert } from './actions/convert.js'
export { type DiagnoseModelOptions, type DiagnoseModelResult, diagnoseModel } from './actions/diagnose-model.js'
export { type ExportModelOptions, type ExportModelResult, exportModel } from './actions/export-model.js'
export { type PairFilesOptions, type PairFilesResult, pairFiles } from './actions/pair-files.js'
export type { GivenIntrinsics } from './actions/parse-intrinsics.js'
export { type Prediction, type PredictOptions, type PredictResult, predict } from './actions/predict.js'
export { readIntrinsics } from './actions/read-intrinsics.js'
export {
  type ReconstructFolderOptions,
  type ReconstructFolderResult,
  reconstructFolder,
} from './actions/reconstruct-folder.js'
export { type Grid, SWEEPABLE, type SweepOptions, type SweepResult, type SweepRun, sweep } from './actions/sweep.js'
export { type TestModelOptions, type TestModelResult, testModel } from './actions/test-model.js'
export { type TrainFolderOptions, trainFolder } from './actions/train-folder.js'
export type { TrainFolderResult } from './actions/train-images.js'
export {
  type SeedRun,
  type TrainSeedsOptions,
  type TrainSeedsResult,
  trainSeeds,
} from './actions/train-seeds.js'
export {
  type UndistortedFile,
  type UndistortOptions,
  type UndistortResult,
  undistortPhotos,
} from './actions/undistort.js'
export type { ImageSets, RefusedImage } from './images/image-sets.js'
export { type OpenImagesOptions, openImages } from './images/open-images.node.js'
export { AUGMENTATIONS, MODELS, OPTIMIZERS, SCHEDULES } from './learning/recipe.js'
export { openPhotoFile } from './photos/open-photo-file.node.js'
export { type WrittenReport, writeReport } from './report/write-report.node.js'
export { nodeStore } from './store/node-store.js'
