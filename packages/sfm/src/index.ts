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
  NO_POINT,
  type Reconstruction,
  type ReconstructionImage,
  type ReconstructionPoint,
} from './scene/reconstruction.js'
