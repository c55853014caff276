export type { Camera, CameraModel } from './camera/camera.js'
export { camera, cameraFromFocal, type PinholeIntrinsics, pinhole } from './camera/create.js'
export { calibrationMatrix, meanFocalLength, scaleCamera } from './camera/intrinsics.js'
export { type CameraModelInfo, cameraModelInfo, cameraModels } from './camera/models.js'
export {
  type PixelVerdict,
  type ProjectionJacobians,
  pixelFromPoint,
  pixelsFromNormalized,
} from './camera/project.js'
export {
  type RayVerdict,
  rayFromPixel,
  raysFromNormalized,
  type WorldRayVerdict,
  worldRayFromPixel,
} from './camera/rays.js'
export { type Normalized, normalizedFromPixels } from './camera/unproject.js'
export type { Rigid } from './math/rigid.js'
