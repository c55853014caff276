import { ndArray } from '../nd-array.js'
import type { Conv2dAttributes } from '../ops/conv2d.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'
import { type CookToom, cookToom, inTwoDirections } from './cook-toom.js'
import type { Rule } from './rewrite.js'

/** Results of a tile along one axis, and the size of the kernel and of what it meets there. */
const OUT = 4
const TAPS = 3
const SEEN = OUT + TAPS - 1

/**
 * Points that lose little in f32: the largest error is twice that of the plain sum, a fifth of what the customary 0, ±1, ±2 lose
 * (128 channels, normal numbers, against f64).
 */
const POINTS = [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2]

/** Smaller layers are as quick without (measured, see bench/README.md). */
const CHANNELS = 128 * 128
const TILES = 16
/** A tile beyond the image's edge is computed in vain. */
const WASTE = 1.8

/**
 * 3 × 3 convolutions and their two gradients by Winograd's minimal filtering F(4 × 4, 3 × 3) (Lavin & Gray 2016): 36 products of matrices
 * [tiles, channels] instead of 144, between linear maps of tiles. Tiles are gathered from images as rows of channels, and what
 * several of the three need is made once. Exact but for rounding.
 */
export function winograd(): Rule {
  const matrices = transforms()
  const rows = memo(asRows)
  // What the way there makes of an image, the kernel's gradient needs again.
  const tilesOf = memo((image: Tensor, places: Places) =>
    transformed(matrices.image, gathered(rows(image), tilePlaces(places)), image.shape[1]),
  )

  /** Images of tiles by kernels [36, channels, maps], as images [N, maps, H, W]. */
  const convolved = (image: Tensor, kernels: Tensor, places: Places, bias?: Tensor): Tensor => {
    const maps = kernels.shape[2]
    const products = ops.matmul(tilesOf(image, places), kernels)
    const tiles = transformed(matrices.output, products, maps)
    const plain = gathered(ops.reshape(tiles, [-1, maps]), resultPlaces(places))
    const { N, size } = places
    return ops.transpose(ops.reshape(bias ? ops.add(plain, bias) : plain, [N, ...size, maps]), [0, 3, 1, 2])
  }
  /** Kernels [M, C, 3, 3] as [36, M, C]. */
  const kernels = (matrix: Tensor, w: Tensor): Tensor => {
    const [M, C] = w.shape
    return ops.reshape(ops.matmul(matrix, ops.transpose(ops.reshape(w, [M * C, TAPS ** 2]))), [-1, M, C])
  }

  return (node, inputs) => {
    const a = node.attrs as unknown as Conv2dAttributes
    switch (node.op.name) {
      case 'conv2d': {
        const [x, w, bias] = inputs
        const places = placesOf(x.shape, node.shape, a.pads)
        if (!fits(w, a, places)) return undefined
        return convolved(x, ops.transpose(kernels(matrices.kernel, w)), places, bias)
      }
      case 'conv2dInput': {
        // The image's gradient is a convolution of dy with the kernel turned by 180°.
        const [dy, w] = inputs
        const pads = a.pads.map((p) => TAPS - 1 - p) as unknown as Conv2dAttributes['pads']
        const places = placesOf(dy.shape, node.shape, pads)
        if (pads.some((p) => p < 0) || !fits(w, a, places)) return undefined
        return convolved(dy, kernels(matrices.turnedKernel, w), places)
      }
      case 'conv2dKernel': {
        const [x, dy] = inputs
        const places = placesOf(x.shape, dy.shape, a.pads)
        if (!fits(node, a, places)) return undefined
        const slopes = transformed(matrices.slope, gathered(rows(dy), slopePlaces(places)), dy.shape[1])
        const products = ops.matmul(ops.transpose(slopes), tilesOf(x, places))
        const flat = ops.reshape(products, [SEEN ** 2, -1])
        return ops.reshape(ops.matmul(ops.transpose(flat), matrices.kernel), node.shape)
      }
      default:
        return undefined
    }
  }
}

/** Where the tiles of a convolution lie: N images of a size, results of another, padding before. */
interface Places {
  readonly N: number
  readonly from: readonly [number, number]
  readonly size: readonly [number, number]
  readonly before: readonly [number, number]
}

function placesOf(x: readonly number[], y: readonly number[], [top, left]: Conv2dAttributes['pads']): Places {
  return { N: x[0], from: [x[2], x[3]], size: [y[2], y[3]], before: [top, left] }
}

function fits({ dtype, shape: [M, C, kH, kW] }: Tensor, a: Conv2dAttributes, places: Places): boolean {
  const plain = a.groups === 1 && [...a.stride, ...a.dilation].every((n) => n === 1) && kH === TAPS && kW === TAPS
  if (!plain || dtype !== 'f32' || M * C < CHANNELS) return false
  const tiles = numberOfTiles(places)
  return tiles >= TILES && tiles * OUT ** 2 <= WASTE * places.N * places.size[0] * places.size[1]
}

const tilesAlong = (n: number) => Math.ceil(n / OUT)
const numberOfTiles = ({ N, size: [H, W] }: Places) => N * tilesAlong(H) * tilesAlong(W)

/** The maps between kernels, images and results of 3, 6 and 4 and their 6 products, along rows and columns at once. */
function transforms() {
  const { kernel, image, output } = cookToom(POINTS, OUT, TAPS)
  const both = (matrix: CookToom['kernel']) => {
    const m = inTwoDirections(matrix)
    return constant(ndArray(Float32Array.from(m.flat()), [m.length, m[0].length]))
  }
  const transposed = output[0].map((_, j) => output.map((row) => row[j]))
  const turned = kernel.map((row) => [...row].reverse())
  return {
    kernel: both(kernel),
    turnedKernel: both(turned),
    image: both(image),
    output: both(output),
    slope: both(transposed),
  }
}

/** A map of tiles [places in a tile, …], as [its results, tiles, channels]. */
const transformed = (matrix: Tensor, tiles: Tensor, channels: number): Tensor =>
  ops.reshape(ops.matmul(matrix, ops.reshape(tiles, [matrix.shape[1], -1])), [matrix.shape[0], -1, channels])

/** Images [N, C, H, W] as rows [N · H · W, C], and a row of zeros for what lies outside. */
function asRows(image: Tensor): Tensor {
  const C = image.shape[1]
  const zeros = constant(ndArray(new Float32Array(C), [1, C]))
  return ops.concat([ops.reshape(ops.transpose(image, [0, 2, 3, 1]), [-1, C]), zeros], 0)
}

const gathered = (rows: Tensor, places: Int32Array): Tensor =>
  ops.gather(rows, constant(ndArray(places, [places.length], 'i32')), 0)

/** For each place in a tile and each tile, the row of the image; the last row where there is none. */
function rowsOfTiles(
  N: number,
  side: number,
  [H, W]: readonly number[],
  [top, left]: readonly number[],
  tiles: readonly number[],
) {
  const [down, across] = tiles
  const places = new Int32Array(side ** 2 * N * down * across)
  let at = 0
  for (let u = 0; u < side; u++)
    for (let v = 0; v < side; v++)
      for (let n = 0; n < N; n++)
        for (let i = 0; i < down; i++)
          for (let j = 0; j < across; j++) {
            const [r, s] = [i * OUT + u - top, j * OUT + v - left]
            const inside = r >= 0 && r < H && s >= 0 && s < W
            places[at++] = inside ? (n * H + r) * W + s : N * H * W
          }
  return places
}

const tilePlaces = ({ N, from, size, before }: Places) => rowsOfTiles(N, SEEN, from, before, size.map(tilesAlong))
const slopePlaces = ({ N, size }: Places) => rowsOfTiles(N, OUT, size, [0, 0], size.map(tilesAlong))

/** For each place of the results, its row among the tiles' results. */
function resultPlaces({ N, size: [H, W] }: Places): Int32Array {
  const [down, across] = [tilesAlong(H), tilesAlong(W)]
  return Int32Array.from({ length: N * H * W }, (_, place) => {
    const [n, r, s] = [Math.floor(place / (H * W)), Math.floor(place / W) % H, place % W]
    const tile = (n * down + Math.floor(r / OUT)) * across + Math.floor(s / OUT)
    return ((r % OUT) * OUT + (s % OUT)) * N * down * across + tile
  })
}

/** Remembers what was made of a tensor (and of equal other arguments). */
function memo<A extends readonly unknown[]>(
  make: (x: Tensor, ...args: A) => Tensor,
): (x: Tensor, ...args: A) => Tensor {
  const made = new Map<Tensor, Map<string, Tensor>>()
  return (x, ...args) => {
    const ofTensor = made.get(x) ?? new Map<string, Tensor>()
    made.set(x, ofTensor)
    const key = JSON.stringify(args)
    const result = ofTensor.get(key) ?? make(x, ...args)
    ofTensor.set(key, result)
    return result
  }
}
