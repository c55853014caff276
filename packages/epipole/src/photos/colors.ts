/**
 * The colour at each keypoint: bilinear between the four pixels around it.
 *
 * @param rgb `height × width × 3`
 * @param keypoints `n × 4`, x and y first; the centre of the top-left pixel is (0.5, 0.5)
 * @returns `n × 3`, 0–255
 */
export function colorsAt(rgb: Uint8Array, width: number, height: number, keypoints: Float32Array): Uint8Array {
  const n = keypoints.length / 4
  const colors = new Uint8Array(3 * n)
  for (let i = 0; i < n; i++) {
    const x = Math.min(width - 1, Math.max(0, keypoints[4 * i] - 0.5))
    const y = Math.min(height - 1, Math.max(0, keypoints[4 * i + 1] - 0.5))
    const x0 = Math.min(width - 2, Math.floor(x))
    const y0 = Math.min(height - 2, Math.floor(y))
    const u = x - x0
    const v = y - y0
    const top = 3 * (y0 * width + x0)
    const bottom = top + 3 * width
    for (let c = 0; c < 3; c++) {
      const upper = rgb[top + c] * (1 - u) + rgb[top + 3 + c] * u
      const lower = rgb[bottom + c] * (1 - u) + rgb[bottom + 3 + c] * u
      colors[3 * i + c] = Math.round(upper * (1 - v) + lower * v)
    }
  }
  return colors
}
