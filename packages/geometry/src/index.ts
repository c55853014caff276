export type { Camera, CameraModel } from './camera/camera.js'
export type { Rigid } from './math/rigid.js'
