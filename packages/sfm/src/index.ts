export {
  NO_POINT,
  type Reconstruction,
  type ReconstructionImage,
  type ReconstructionPoint,
} from './scene/reconstruction.js'
