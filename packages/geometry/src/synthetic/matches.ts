import type { SyntheticScene } from './scene.js'

/** The keypoints of an image of a scene, `2 × n` pixels, in the order of `obsKeypoint`. */
export function syntheticKeypoints(scene: SyntheticScene, image: number): Float64Array {
  const xy: number[] = []
  for (let k = 0; k < scene.obsImage.length; k++) {
    if (scene.obsImage[k] === image) xy.push(scene.obsXy[2 * k], scene.obsXy[2 * k + 1])
  }
  return Float64Array.from(xy)
}

/** The matches of two images: flat pairs of keypoint indices that see the same point (outliers included). */
export function syntheticMatches(scene: SyntheticScene, image1: number, image2: number): Int32Array {
  const keypointOf = new Int32Array(scene.points.length / 3).fill(-1)
  for (let k = 0; k < scene.obsImage.length; k++) {
    if (scene.obsImage[k] === image1) keypointOf[scene.obsPoint[k]] = scene.obsKeypoint[k]
  }
  const matches: number[] = []
  for (let k = 0; k < scene.obsImage.length; k++) {
    if (scene.obsImage[k] !== image2) continue
    const other = keypointOf[scene.obsPoint[k]]
    if (other >= 0) matches.push(other, scene.obsKeypoint[k])
  }
  return Int32Array.from(matches)
}
