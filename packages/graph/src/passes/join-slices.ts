import * as ops from '../ops/index.js'
import { sameShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import type { Rule } from './rewrite.js'

/** What stands where in a sum: `part` from `start` on along an axis, zeros around it. */
interface Place {
  readonly part: Tensor
  readonly axis: number
  readonly start: number
}

/**
 * The gradient of what was taken apart (`split`, `slice`) is a sum of the parts' gradients, each with zeros around it; where they fill
 * the whole, it is the parts joined.
 */
export const joinSlices: Rule = (node, inputs) => {
  if (node.op.name !== 'add' || !inputs.every(isLink)) return undefined
  const places = inputs.flatMap(addends).map((x) => (sameShape(x.shape, node.shape) ? placeOf(x) : undefined))
  const axis = places[0]?.axis ?? 0
  if (places.some((place) => place?.axis !== axis)) return undefined
  const sorted = (places as Place[]).toSorted((a, b) => a.start - b.start)
  let end = 0
  for (const { part, start } of sorted) {
    if (start !== end) return undefined
    end += part.shape[axis]
  }
  return end === node.shape[axis]
    ? ops.concat(
        sorted.map(({ part }) => part),
        axis,
      )
    : undefined
}

const isLink = ({ op }: Tensor) => op.name === 'add' || op.name === 'pad'
const addends = (x: Tensor): readonly Tensor[] => (x.op.name === 'add' ? x.inputs.flatMap(addends) : [x])

/** The part that zeros were put around along one axis. */
function placeOf({ op, attrs, inputs }: Tensor): Place | undefined {
  if (op.name !== 'pad' || attrs.value !== 0) return undefined
  const pads = attrs.pads as readonly (readonly [number, number])[]
  const padded = pads.flatMap((widths, axis) => (widths.some((n) => n > 0) ? [axis] : []))
  const [axis] = padded
  return padded.length === 1 && axis !== undefined ? { part: inputs[0], axis, start: pads[axis][0] } : undefined
}
