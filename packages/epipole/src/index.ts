export { type CalibratedPhoto, type CalibrateOptions, type CalibrateResult, calibrate } from './actions/calibrate.js'
export {
  type CalibrateRigResult,
  calibrateRigPhotos,
  type RigCameraResult,
  type RigPhotos,
} from './actions/calibrate-rig.js'
export { type Estimate, estimateWork, type Shortcut, shortcut, type WorkSize } from './actions/estimate.js'
export { type InfoOptions, info, type PhotoSetInfo } from './actions/info.js'
export {
  type PairedPhoto,
  type PairOptions,
  type PairResult,
  pairPhotos,
  type ResidualStatistics,
  type ResidualSummary,
} from './actions/pair.js'
export { type ReconstructOptions, type ReconstructResult, reconstruct } from './actions/reconstruct.js'
export { decodePixels } from './photos/decode-pixels.js'
export type { ExifFacts } from './photos/exif-facts.js'
export { type FocalPrior, focalPrior } from './photos/focal.js'
export { type CameraFacts, groupCameras } from './photos/group-cameras.js'
export { openPhotos } from './photos/open-photos.js'
export type { ImageHeader, Photo, PhotoFormat, PhotoSet, Pixels, RefusedPhoto } from './photos/photo.js'
export { type PhotoInfo, readPhotoInfo } from './photos/photo-info.js'
export { type Plane, photosFromPlanes } from './photos/planes.js'
export { MAX_PIXELS, MIN_SIDE, verdictOf } from './photos/refusal.js'
export { type DrawnPhoto, type PairDrawing, pairSvg } from './report/pair-svg.js'
export { MAX_PAGE_BYTES, type ReportPage, reportHtml } from './report/report-html.js'
export { thumbnailLongSide } from './report/thumbnail-size.js'
export type { Intrinsics } from './stages/initial-cameras.js'
export { opfsStore } from './store/opfs-store.js'
export { VERSION } from './version.js'
