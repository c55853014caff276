import type { Mesh } from './mesh.js'

/**
 * A bounding volume hierarchy over a mesh, built by the binned surface-area heuristic (Wald, "On fast construction of
 * SAH-based bounding volume hierarchies", RT 2007), flattened depth first: the left child follows its parent.
 */
export interface Bvh {
  /** Nodes × 6: minimum x, y, z, maximum x, y, z. */
  readonly bounds: Float64Array
  /** Nodes: index of the right child of an inner node, or the first primitive of a leaf. */
  readonly link: Int32Array
  /** Nodes: 0 for an inner node, else the number of primitives. */
  readonly size: Uint8Array
  /** Nodes: the axis an inner node was split along. */
  readonly axis: Uint8Array
  /** Primitives × 12 in leaf order: plane n·x = d, then the rows giving the two edge coordinates of a point on it. */
  readonly planes: Float64Array
  /** Primitives in leaf order: 1 for a parallelogram. */
  readonly parallelogram: Uint8Array
  /** Primitives in leaf order: index in the mesh. */
  readonly primitive: Int32Array
}

const bins = 12
const leafSize = 3

export function buildBvh(mesh: Mesh): Bvh {
  const boxes = primitiveBoxes(mesh)
  const order = Int32Array.from({ length: mesh.count }, (_, i) => i)
  const bounds: number[] = []
  const link: number[] = []
  const size: number[] = []
  const axes: number[] = []
  const split = (first: number, end: number): void => {
    const node = link.length
    const box = boundsOf(boxes, order, first, end)
    bounds.push(...box)
    link.push(first)
    size.push(0)
    axes.push(0)
    const cut = end - first <= leafSize ? undefined : bestSplit(boxes, order, first, end)
    if (cut === undefined) {
      size[node] = end - first
      return
    }
    const middle = partition(boxes, order, first, end, cut)
    axes[node] = cut.axis
    split(first, middle)
    link[node] = link.length
    split(middle, end)
  }
  if (mesh.count > 0) split(0, mesh.count)
  return {
    bounds: Float64Array.from(bounds),
    link: Int32Array.from(link),
    size: Uint8Array.from(size),
    axis: Uint8Array.from(axes),
    planes: planesOf(mesh, order),
    parallelogram: Uint8Array.from(order, (i) => mesh.parallelogram[i]),
    primitive: order,
  }
}

/** Box of each primitive, widened a little so that flat boxes have no empty interior. */
function primitiveBoxes(mesh: Mesh): Float64Array {
  const out = new Float64Array(mesh.count * 6)
  const pad = 1e-7
  for (let i = 0; i < mesh.count; i++) {
    for (let k = 0; k < 3; k++) {
      const v0 = mesh.geometry[i * 9 + k]
      const v1 = v0 + mesh.geometry[i * 9 + 3 + k]
      const v2 = v0 + mesh.geometry[i * 9 + 6 + k]
      const v3 = mesh.parallelogram[i] ? v1 + v2 - v0 : v0
      out[i * 6 + k] = Math.min(v0, v1, v2, v3) - pad
      out[i * 6 + 3 + k] = Math.max(v0, v1, v2, v3) + pad
    }
  }
  return out
}

function boundsOf(boxes: Float64Array, order: Int32Array, first: number, end: number): Float64Array {
  const out = new Float64Array(6)
  clearBox(out, 0)
  for (let i = first; i < end; i++) grow(out, 0, boxes, order[i] * 6)
  return out
}

interface Split {
  readonly axis: number
  readonly low: number
  readonly scale: number
  /** Primitives in bins ≤ `bin` go left. */
  readonly bin: number
}

function binOf(boxes: Float64Array, primitive: number, axis: number, low: number, scale: number): number {
  const center = boxes[primitive * 6 + axis] + boxes[primitive * 6 + 3 + axis]
  return Math.min(bins - 1, Math.floor((center - low) * scale))
}

function bestSplit(boxes: Float64Array, order: Int32Array, first: number, end: number): Split | undefined {
  let best: Split | undefined
  let bestCost = end - first <= 8 ? (end - first) * surface(boundsOf(boxes, order, first, end), 0) : Infinity
  for (let axis = 0; axis < 3; axis++) {
    let low = Infinity
    let high = -Infinity
    for (let i = first; i < end; i++) {
      const center = boxes[order[i] * 6 + axis] + boxes[order[i] * 6 + 3 + axis]
      low = Math.min(low, center)
      high = Math.max(high, center)
    }
    if (!(high > low)) continue
    const scale = bins / (high - low)
    const costs = sweepCosts(boxes, order, first, end, axis, low, scale)
    for (let bin = 0; bin < bins - 1; bin++) {
      if (costs[bin] < bestCost) {
        bestCost = costs[bin]
        best = { axis, low, scale, bin }
      }
    }
  }
  return best
}

const counts = new Int32Array(bins)
/** Bins × 6 bounds, then one box that grows over them. */
const binBounds = new Float64Array(bins * 6 + 6)
const costs = new Float64Array(bins - 1)

/** Surface-area cost of cutting after each bin; the array is used again by the next call. */
function sweepCosts(
  boxes: Float64Array,
  order: Int32Array,
  first: number,
  end: number,
  axis: number,
  low: number,
  scale: number,
): Float64Array {
  counts.fill(0)
  for (let bin = 0; bin < bins; bin++) clearBox(binBounds, bin * 6)
  for (let i = first; i < end; i++) {
    const bin = binOf(boxes, order[i], axis, low, scale)
    counts[bin]++
    grow(binBounds, bin * 6, boxes, order[i] * 6)
  }
  costs.fill(0)
  const sweep = bins * 6
  for (let direction = 1; direction >= -1; direction -= 2) {
    clearBox(binBounds, sweep)
    let count = 0
    for (let step = 0; step < bins - 1; step++) {
      const bin = direction === 1 ? step : bins - 1 - step
      grow(binBounds, sweep, binBounds, bin * 6)
      count += counts[bin]
      costs[direction === 1 ? bin : bin - 1] += count === 0 ? Infinity : count * surface(binBounds, sweep)
    }
  }
  return costs
}

function clearBox(box: Float64Array, at: number): void {
  box.fill(Infinity, at, at + 3)
  box.fill(-Infinity, at + 3, at + 6)
}

function grow(box: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  for (let k = 0; k < 3; k++) {
    box[at + k] = Math.min(box[at + k], from[fromAt + k])
    box[at + k + 3] = Math.max(box[at + k + 3], from[fromAt + k + 3])
  }
}

function surface(b: Float64Array, at: number): number {
  const x = b[at + 3] - b[at]
  const y = b[at + 4] - b[at + 1]
  const z = b[at + 5] - b[at + 2]
  return x * y + y * z + z * x
}

/** Puts the primitives of the left side first (order within a side kept); returns where the right side starts. */
function partition(boxes: Float64Array, order: Int32Array, first: number, end: number, cut: Split): number {
  const right: number[] = []
  let next = first
  for (let i = first; i < end; i++) {
    const primitive = order[i]
    if (binOf(boxes, primitive, cut.axis, cut.low, cut.scale) <= cut.bin) order[next++] = primitive
    else right.push(primitive)
  }
  order.set(right, next)
  return next
}

/**
 * Plane n·x = d of each primitive and the affine rows a(x) = p·x + p0, b(x) = q·x + q0 of its edge coordinates (Baldwin and
 * Weber, "Fast ray-triangle intersections by coordinate transformation", JCGT 2016).
 */
function planesOf(mesh: Mesh, order: Int32Array): Float64Array {
  const out = new Float64Array(order.length * 12)
  for (let i = 0; i < order.length; i++) {
    const g = order[i] * 9
    const { geometry } = mesh
    const ax = geometry[g + 3]
    const ay = geometry[g + 4]
    const az = geometry[g + 5]
    const bx = geometry[g + 6]
    const by = geometry[g + 7]
    const bz = geometry[g + 8]
    const nx = ay * bz - az * by
    const ny = az * bx - ax * bz
    const nz = ax * by - ay * bx
    const nn = nx * nx + ny * ny + nz * nz
    const k = i * 12
    out[k] = nx
    out[k + 1] = ny
    out[k + 2] = nz
    // Dual basis of (e1, e2) in the plane: p = (e2 × n) / n², q = (n × e1) / n².
    out[k + 4] = (by * nz - bz * ny) / nn
    out[k + 5] = (bz * nx - bx * nz) / nn
    out[k + 6] = (bx * ny - by * nx) / nn
    out[k + 8] = (ny * az - nz * ay) / nn
    out[k + 9] = (nz * ax - nx * az) / nn
    out[k + 10] = (nx * ay - ny * ax) / nn
    for (let row = 0; row < 12; row += 4) {
      const r = k + row
      const d = out[r] * geometry[g] + out[r + 1] * geometry[g + 1] + out[r + 2] * geometry[g + 2]
      out[r + 3] = row === 0 ? d : -d
    }
  }
  return out
}
