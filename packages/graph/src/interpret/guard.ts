import { EpipoleError } from '@epipole/core'
import { isFloat } from '../dtype.js'
import type { NdArray } from '../nd-array.js'
import { whereabouts } from '../refusal.js'
import { showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'

interface Broken {
  readonly nan: boolean
  readonly infinite: boolean
}

/**
 * An `input` error if the node made NaN where no input has one, or an infinity where all inputs are finite: the place
 * where training went wrong, not the many behind it. Constants may be infinite (masks are).
 */
export function guard(node: Tensor, value: NdArray, inputs: readonly NdArray[]): void {
  if (!isFloat(node.dtype) || node.op.name === 'constant') return
  const made = broken(value)
  if (!made.nan && !made.infinite) return
  const before = inputs.map(broken)
  const had = { nan: before.some((b) => b.nan), infinite: before.some((b) => b.infinite) }
  if (had.nan || (!made.nan && had.infinite)) return
  const place = value.data.findIndex((v) => (made.nan ? Number.isNaN(v) : !Number.isFinite(v)))
  const given = node.inputs.map((t, i) => `${t.dtype}${showShape(t.shape)} ${range(inputs[i])}`).join(', ')
  const what = node.op.name === 'input' ? `Input "${node.attrs.name}" holds` : `${node.op.name}(${given}) makes`
  throw new EpipoleError(
    'input',
    `${what} ${value.data[place]} at element ${place} of ${showShape(node.shape)}${whereabouts(node.scope, node.callSite)}.`,
    { op: node.op.name, scope: node.scope, callSite: node.callSite },
  )
}

/** Whether an array of floats holds NaN or infinity. */
export function isBroken(value: NdArray): boolean {
  const { nan, infinite } = broken(value)
  return nan || infinite
}

function broken({ dtype, data }: NdArray): Broken {
  if (!isFloat(dtype) || dtype === 'f16') return { nan: false, infinite: false }
  let nan = false
  let infinite = false
  for (const v of data) {
    if (Number.isNaN(v)) nan = true
    else if (!Number.isFinite(v)) infinite = true
  }
  return { nan, infinite }
}

function range({ data }: NdArray): string {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const v of data) {
    if (v < low) low = v
    if (v > high) high = v
  }
  return data.length === 0 ? 'empty' : `from ${low} to ${high}`
}
