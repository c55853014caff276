export { type Photo, type RenderOptions, renderPhoto } from './render/photo.js'
export { type RadianceOptions, renderRadiance } from './render/radiance.js'
export { defaultSensor, develop, type Sensor } from './render/sensor.js'
export { lookAt, type View } from './render/view.js'
export { type PreparedScene, prepareScene } from './scenes/prepare.js'
export type { Light, Part, Scene } from './scenes/scene.js'
export {
  type Exif,
  type ImageTruth,
  type PhotoSet,
  type SetTruth,
  type Shot,
  sampleCamera,
  sampleExif,
  setTruth,
} from './sets/photo-set.js'
export {
  photoSet,
  photoSets,
  type RenderedPhoto,
  type RenderedSet,
  renderSet,
  type SetName,
  type SetOptions,
} from './sets/render-set.js'
export type { Shape } from './shapes/shape.js'
export type { Color, Material } from './texture/material.js'
export type { Vec } from './trace/mesh.js'
