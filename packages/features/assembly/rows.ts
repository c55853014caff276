// Separable symmetric filters over rows of f32, four pixels at a time. A sum of two mirrored samples is formed before it
// is weighted, so mirrored input gives mirrored output to the last bit.

/** Addresses of the rows under the vertical filter: the centre row, then the pairs (above, below) outwards. */
const window: usize = memory.data(4 * (1 + 2 * 64))

/** Floats of slack on both sides of a temporary row: the largest filter radius, rounded up. */
export const PAD: usize = 64

/** A ring of rows: row y lives at `base + (y mod capacity) · stride`; rows outside the image repeat its edge. */
@inline
function rowAt(base: usize, capacity: i32, stride: usize, y: i32, height: i32): usize {
  const inside = min(max(y, 0), height - 1)
  return base + <usize>(inside % capacity) * stride
}

/**
 * Collects the rows of a vertical filter around row `y`. With `half`, the filter is centred between rows y and y + 1
 * and its centre tap is unused.
 */
export function collect(base: usize, capacity: i32, stride: usize, y: i32, height: i32, radius: i32, half: i32): void {
  store<usize>(window, rowAt(base, capacity, stride, y, height))
  for (let i = 1; i <= radius; ++i) {
    const entry = window + (<usize>(2 * i - 1) << 2)
    store<usize>(entry, rowAt(base, capacity, stride, y - i + half, height))
    store<usize>(entry + 4, rowAt(base, capacity, stride, y + i, height))
  }
}

/** out[x] = Σ taps[i] · (rowAbove_i[x] + rowBelow_i[x]), for the collected rows; writes whole groups of 16. */
export function vertical(out: usize, width: i32, taps: usize, radius: i32): void {
  const end = (<usize>width << 2)
  const centre = load<usize>(window)
  for (let x: usize = 0; x < end; x += 64) {
    let w = v128.load32_splat(taps)
    let a = f32x4.mul(w, v128.load(centre + x))
    let b = f32x4.mul(w, v128.load(centre + x, 16))
    let c = f32x4.mul(w, v128.load(centre + x, 32))
    let d = f32x4.mul(w, v128.load(centre + x, 48))
    let entry = window + 4
    for (let i = 1; i <= radius; ++i) {
      w = v128.load32_splat(taps + (<usize>i << 2))
      const up = load<usize>(entry) + x
      const down = load<usize>(entry, 4) + x
      a = f32x4.add(a, f32x4.mul(w, f32x4.add(v128.load(up), v128.load(down))))
      b = f32x4.add(b, f32x4.mul(w, f32x4.add(v128.load(up, 16), v128.load(down, 16))))
      c = f32x4.add(c, f32x4.mul(w, f32x4.add(v128.load(up, 32), v128.load(down, 32))))
      d = f32x4.add(d, f32x4.mul(w, f32x4.add(v128.load(up, 48), v128.load(down, 48))))
      entry += 8
    }
    v128.store(out + x, a)
    v128.store(out + x, b, 16)
    v128.store(out + x, c, 32)
    v128.store(out + x, d, 48)
  }
}

/** Repeats the first and last of `width` floats `count` times to either side. */
export function extend(row: usize, width: i32, count: i32): void {
  const first = load<f32>(row)
  const end = row + (<usize>width << 2)
  const last = load<f32>(end - 4)
  for (let i: usize = 0; i < <usize>count; ++i) {
    store<f32>(row - ((i + 1) << 2), first)
    store<f32>(end + (i << 2), last)
  }
}

/** out[x] = Σ taps[i] · (row[x − i] + row[x + i]); `row` is extended by at least `radius`; writes whole groups of 16. */
export function horizontal(row: usize, out: usize, width: i32, taps: usize, radius: i32): void {
  const end = <usize>width << 2
  for (let x: usize = 0; x < end; x += 64) {
    const p = row + x
    let w = v128.load32_splat(taps)
    let a = f32x4.mul(w, v128.load(p))
    let b = f32x4.mul(w, v128.load(p, 16))
    let c = f32x4.mul(w, v128.load(p, 32))
    let d = f32x4.mul(w, v128.load(p, 48))
    let left = p
    let right = p
    for (let i = 1; i <= radius; ++i) {
      w = v128.load32_splat(taps + (<usize>i << 2))
      left -= 4
      right += 4
      a = f32x4.add(a, f32x4.mul(w, f32x4.add(v128.load(left), v128.load(right))))
      b = f32x4.add(b, f32x4.mul(w, f32x4.add(v128.load(left, 16), v128.load(right, 16))))
      c = f32x4.add(c, f32x4.mul(w, f32x4.add(v128.load(left, 32), v128.load(right, 32))))
      d = f32x4.add(d, f32x4.mul(w, f32x4.add(v128.load(left, 48), v128.load(right, 48))))
    }
    v128.store(out + x, a)
    v128.store(out + x, b, 16)
    v128.store(out + x, c, 32)
    v128.store(out + x, d, 48)
  }
}

/**
 * Doubling filter: out[2x] by `whole` taps centred on row[x], out[2x + 1] by `half` taps centred between row[x] and
 * row[x + 1] (half[i] weighs row[x + 1 − i] + row[x + i], i ≥ 1). Writes whole groups of 8 outputs for `width` inputs.
 */
export function horizontalDoubled(
  row: usize,
  out: usize,
  width: i32,
  whole: usize,
  half: usize,
  radiusWhole: i32,
  radiusHalf: i32,
): void {
  const end = <usize>width << 2
  for (let x: usize = 0; x < end; x += 16) {
    const p = row + x
    let even = f32x4.mul(v128.load32_splat(whole), v128.load(p))
    for (let i = 1; i <= radiusWhole; ++i) {
      const offset = <usize>i << 2
      const pair = f32x4.add(v128.load(p - offset), v128.load(p + offset))
      even = f32x4.add(even, f32x4.mul(v128.load32_splat(whole + offset), pair))
    }
    let odd = f32x4.splat(0)
    for (let i = 1; i <= radiusHalf; ++i) {
      const offset = <usize>i << 2
      const pair = f32x4.add(v128.load(p + 4 - offset), v128.load(p + offset))
      odd = f32x4.add(odd, f32x4.mul(v128.load32_splat(half + offset), pair))
    }
    const q = out + (x << 1)
    v128.store(q, i32x4.shuffle(even, odd, 0, 4, 1, 5))
    v128.store(q, i32x4.shuffle(even, odd, 2, 6, 3, 7), 16)
  }
}

/** out[x] = a[x] − b[x], whole groups of 4. */
export function subtract(a: usize, b: usize, out: usize, width: i32): void {
  const end = <usize>width << 2
  for (let x: usize = 0; x < end; x += 16) {
    v128.store(out + x, f32x4.sub(v128.load(a + x), v128.load(b + x)))
  }
}

/** Bytes to floats in [0, 255]; the source is read one by one past the last whole group of 4. */
export function widen(source: usize, out: usize, width: i32): void {
  let x: usize = 0
  for (; x + 4 <= <usize>width; x += 4) {
    const bytes = v128.load32_zero(source + x)
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes))
    v128.store(out + (x << 2), f32x4.convert_i32x4_u(words))
  }
  for (; x < <usize>width; ++x) store<f32>(out + (x << 2), <f32>load<u8>(source + x))
}

/**
 * Taps of a Gaussian of `sigma` samples, one-sided: taps[i] weighs the samples at distance i (half = 0) or i − ½
 * (half = 1, taps[0] = 0); the whole filter sums to `gain`.
 */
export function gaussianTaps(taps: usize, radius: i32, sigma: f64, half: i32, gain: f64): void {
  const offset = half ? 0.5 : 0.0
  const scale = -0.5 / (sigma * sigma)
  let sum = half ? 0.0 : 1.0
  for (let i = 1; i <= radius; ++i) {
    const distance = <f64>i - offset
    sum += 2 * Math.exp(scale * distance * distance)
  }
  store<f32>(taps, half ? 0 : <f32>(gain / sum))
  for (let i = 1; i <= radius; ++i) {
    const distance = <f64>i - offset
    store<f32>(taps + (<usize>i << 2), <f32>(gain * (Math.exp(scale * distance * distance) / sum)))
  }
}
