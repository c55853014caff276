import { cos, exp, log, type RandomStream, sin } from '@epipole/core'
import { cropPlanes, type Planes, resizePart, warpAffine } from './planes.js'

/** Left and right swapped. */
export function flipPlanes(from: Planes): Planes {
  const data = new Float32Array(from.data.length)
  const { width } = from
  for (let row = 0; row < data.length; row += width)
    for (let x = 0; x < width; x++) data[row + x] = from.data[row + width - 1 - x] as number
  return { ...from, data }
}

/** A window of the image's own size somewhere in the image with a border of `padding` zeros. */
export function randomCrop(from: Planes, padding: number, random: RandomStream): Planes {
  const shift = () => random.int(2 * padding + 1) - padding
  return cropPlanes(from, shift(), shift(), from.height, from.width)
}

/**
 * A part of random area and aspect ratio brought back to full size (RandomResizedCrop: ten tries; then the middle of the image, cut
 * to the nearest ratio where its own is out of the range).
 */
export function randomResizedCrop(
  from: Planes,
  area: readonly [number, number],
  ratio: readonly [number, number],
  random: RandomStream,
): Planes {
  for (let i = 0; i < 10; i++) {
    const target = from.height * from.width * random.uniform(area[0], area[1])
    const aspect = exp(random.uniform(log(ratio[0]), log(ratio[1])))
    const width = Math.round(Math.sqrt(target * aspect))
    const height = Math.round(Math.sqrt(target / aspect))
    if (width < 1 || height < 1 || width > from.width || height > from.height) continue
    const top = random.int(from.height - height + 1)
    const left = random.int(from.width - width + 1)
    return resizePart(from, { left, top, height, width }, from.height, from.width)
  }
  const own = from.width / from.height
  const width = own > ratio[1] ? Math.max(1, Math.round(from.height * ratio[1])) : from.width
  const height = own < ratio[0] ? Math.max(1, Math.round(from.width / ratio[0])) : from.height
  const middle = (whole: number, part: number) => Math.floor((whole - part) / 2)
  const [top, left] = [middle(from.height, height), middle(from.width, width)]
  return resizePart(from, { left, top, height, width }, from.height, from.width)
}

/**
 * Rotated about the image's centre by `degrees` (counter-clockwise, as torchvision's `rotate`), scaled by `scale`, then moved by
 * (dx, dy) pixels; bilinear, 0 outside.
 */
export function affinePlanes(from: Planes, degrees: number, scale = 1, dx = 0, dy = 0): Planes {
  const angle = (degrees * Math.PI) / 180
  const [c, s] = [cos(angle) / scale, sin(angle) / scale]
  const [cx, cy] = [(from.width - 1) / 2, (from.height - 1) / 2]
  // Backwards: from a place in the result to its place in the source.
  const [x, y] = [-cx - dx, -cy - dy]
  return warpAffine(from, [c, -s, c * x - s * y + cx, s, c, s * x + c * y + cy])
}
