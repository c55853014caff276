import * as ops from '../ops/index.js'
import { type Shape, sameShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import type { Rule } from './rewrite.js'

/** What stands where in a sum: `part` from `start` on along an axis, zeros around it. */
interface Place {
  readonly part: Tensor
  readonly axis: number
  readonly start: number
}
const end = ({ part, axis, start }: Place) => start + part.shape[axis]

/**
 * The gradient of what was taken apart (`split`, `slice`) is a sum of the parts' gradients, each with zeros around it; where they fill
 * the whole, it is the parts joined.
 */
export function joinSlices(): Rule {
  /** Sums are looked into once, however often they are taken: what is doubled again and again would have no end. */
  const known = new Map<Tensor, readonly Place[] | undefined>()
  const placesOf = (x: Tensor): readonly Place[] | undefined => {
    if (!known.has(x)) known.set(x, x.op.name === 'add' ? placesOfSum(x.shape, x.inputs) : placeOf(x))
    return known.get(x)
  }
  /** The parts in order, if they are along one axis and none lies on another. */
  const placesOfSum = (shape: Shape, terms: readonly Tensor[]): readonly Place[] | undefined => {
    const each = terms.map((x) => (sameShape(x.shape, shape) ? placesOf(x) : undefined))
    const sorted = each.flatMap((places) => places ?? []).toSorted((a, b) => a.start - b.start)
    const apart = sorted.every((p, i) => i === 0 || (p.axis === sorted[0].axis && end(sorted[i - 1]) <= p.start))
    return apart && each.every((places) => places !== undefined) ? sorted : undefined
  }
  return (node, inputs) => {
    const places = node.op.name === 'add' ? placesOfSum(node.shape, inputs) : undefined
    if (places === undefined) return undefined
    const [{ axis }] = places
    const parts = places.map(({ part }) => part)
    return parts.reduce((n, { shape }) => n + shape[axis], 0) === node.shape[axis] ? ops.concat(parts, axis) : undefined
  }
}

/** The part that zeros were put around along one axis. */
function placeOf({ op, attrs, inputs }: Tensor): readonly Place[] | undefined {
  if (op.name !== 'pad' || attrs.value !== 0) return undefined
  const pads = attrs.pads as readonly (readonly [number, number])[]
  const padded = pads.flatMap((widths, axis) => (widths.some((n) => n > 0) ? [axis] : []))
  const [axis] = padded
  return padded.length === 1 && axis !== undefined ? [{ part: inputs[0], axis, start: pads[axis][0] }] : undefined
}
