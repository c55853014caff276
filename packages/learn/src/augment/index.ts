export {
  type Augmentation,
  augment,
  blur,
  brightness,
  contrast,
  crop,
  erasing,
  flip,
  grayscale,
  hue,
  noise,
  resizedCrop,
  rotation,
  saturation,
  scaling,
  translation,
} from './augment.js'
export {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  blurPlanes,
  luma,
  toGrayscale,
} from './colour.js'
export { affinePlanes, flipPlanes, randomCrop, randomResizedCrop } from './geometric.js'
export { cropPlanes, type Planes, resizePart, warpAffine } from './planes.js'
