/**
 * Light from all around came as one noisy ray a sample. Averages it over neighbours on the same surface, by the edge-avoiding
 * à-trous wavelet filter (Dammertz, Sewtz, Hanika, Lensch, HPG 2010), and adds albedo × light to `out`.
 *
 * @param pixels `width × height × 10`: albedo, light, normal (each 3), depth
 * @param out `width × height × 3`, radiance
 */
export function gatheredLight(pixels: Float32Array, width: number, height: number, out: Float32Array): void {
  const count = width * height
  let light = new Float32Array(count * 3)
  for (let i = 0; i < count; i++) for (let k = 0; k < 3; k++) light[i * 3 + k] = pixels[i * 10 + 3 + k]
  let next = new Float32Array(count * 3)
  for (const step of [1, 2, 4]) {
    smooth(pixels, light, next, width, height, step)
    const swap = light
    light = next
    next = swap
  }
  for (let i = 0; i < count; i++) for (let k = 0; k < 3; k++) out[i * 3 + k] += pixels[i * 10 + k] * light[i * 3 + k]
}

/** B-spline weights of the offsets 0, ±1, ±2. */
const spline = [0.375, 0.25, 0.0625]

function smooth(
  pixels: Float32Array,
  from: Float32Array,
  to: Float32Array,
  width: number,
  height: number,
  step: number,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x
      const a = i * 10
      const depth = pixels[a + 9]
      let r = 0
      let g = 0
      let b = 0
      let total = 0
      for (let dy = -2; dy <= 2; dy++) {
        const yy = y + dy * step
        if (yy < 0 || yy >= height) continue
        for (let dx = -2; dx <= 2; dx++) {
          const xx = x + dx * step
          if (xx < 0 || xx >= width) continue
          const j = yy * width + xx
          const c = j * 10
          const turn = pixels[a + 6] * pixels[c + 6] + pixels[a + 7] * pixels[c + 7] + pixels[a + 8] * pixels[c + 8]
          const gap = Math.abs(pixels[c + 9] - depth) / (0.004 * depth * step + 1e-6)
          const same = Math.max(0, 2 * turn - 1) * Math.max(0, 1 - 0.25 * gap)
          const weight = spline[Math.abs(dx)] * spline[Math.abs(dy)] * (j === i ? 1 : same)
          r += weight * from[j * 3]
          g += weight * from[j * 3 + 1]
          b += weight * from[j * 3 + 2]
          total += weight
        }
      }
      to[i * 3] = r / total
      to[i * 3 + 1] = g / total
      to[i * 3 + 2] = b / total
    }
  }
}
