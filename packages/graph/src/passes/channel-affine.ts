import type { Graph } from '../graph.js'
import * as ops from '../ops/index.js'
import { asTensor, constantValue } from '../ops/sources.js'
import { sameShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { type Rule, rewrite, withInputs } from './rewrite.js'

/**
 * Batch normalisation, forward and backward, is a chain of images times and plus vectors of channels, each a pass over memory. Such
 * chains are kept here as forms Σ scale · x + shift and written out as late as possible, in few passes:
 * scale · x + shift is one convolution with a 1 × 1 kernel a channel, a sum of x · y one convolution whose kernel is y.
 * (All forms are chosen by measurement, see bench/README.md.) The values stay, to rounding.
 */
export function channelAffine(graph: Graph): Graph {
  const forms = new Map<Tensor, Form>()
  const products = new Map<Tensor, readonly [Tensor, Tensor]>()
  const must = mustExist(graph)
  const formOf = (x: Tensor): Form => forms.get(x) ?? { terms: [{ x }] }

  const linear: Rule = (node, inputs) => {
    const form = combined(node, inputs, formOf)
    if (form === undefined) return undefined
    const merged = inputs.some((x) => forms.has(x))
    const result = merged ? written(form, node.shape) : withInputs(node, inputs)
    if (!must(node, form)) forms.set(result, form)
    return result
  }
  const reduced: Rule = (node, [x]) => {
    if (!isReduction(node)) return undefined
    const [a, b] = (products.get(x) ?? [x]).map((factor) => scaled(factor, formOf(factor)))
    if (b === undefined && a.scale === undefined) return undefined
    const total = b === undefined ? ops.sum(a.x, { axes: OVER_CHANNELS, keepDims: true }) : dot(a.x, b.x)
    const count = node.op.name === 'mean' ? x.shape[0] * x.shape[2] * x.shape[3] : 1
    const scales = [a.scale, b?.scale].filter((s) => s !== undefined)
    return ops.reshape(scales.reduce(ops.mul, count === 1 ? total : ops.div(total, count)), node.shape)
  }
  const product: Rule = (node, inputs) => {
    if (node.op.name !== 'mul' || !inputs.every((x) => isLarge(x) && sameShape(x.shape, node.shape))) return undefined
    const result = withInputs(node, inputs)
    products.set(result, inputs as [Tensor, Tensor])
    return result
  }
  return rewrite(graph, (node, inputs) =>
    isLarge(node) ? (product(node, inputs) ?? linear(node, inputs)) : reduced(node, inputs),
  )
}

/** Σ scale · x + shift; scales and shifts are vectors of channels, 1 and 0 where there are none. */
interface Form {
  readonly terms: readonly Term[]
  readonly shift?: Tensor
}
interface Term {
  readonly x: Tensor
  readonly scale?: Tensor
}

const OVER_CHANNELS = [0, 2, 3]

/** Images large enough for convolutions to be the quickest. */
const isLarge = ({ dtype, rank, shape }: Tensor) => dtype === 'f32' && rank === 4 && shape[2] * shape[3] >= 128

/** A vector of channels beside images of a shape. Constants are none: the runtime folds them into a convolution before. */
const isVector = (t: Tensor, shape: readonly number[]) => constantValue(t) === undefined && isAlongChannels(t, shape)

/** Whether a tensor has one number for each channel of images [N, C, H, W], or one for all. */
export const isAlongChannels = (t: Tensor, shape: readonly number[]): boolean =>
  t.rank <= 4 && t.shape.every((n, i) => n === 1 || (i + 4 - t.rank === 1 && n === shape[1]))

const isReduction = ({ op, attrs, inputs }: Tensor) =>
  (op.name === 'sum' || op.name === 'mean') && isLarge(inputs[0]) && `${attrs.axes}` === `${OVER_CHANNELS}`

/** The form of a node that adds forms, or scales or shifts one; undefined for all others. */
function combined(node: Tensor, inputs: readonly Tensor[], formOf: (x: Tensor) => Form): Form | undefined {
  const [a, b] = inputs
  const times = (form: Form, s: Tensor): Form => ({
    terms: form.terms.map(({ x, scale }) => ({ x, scale: scale ? ops.mul(scale, s) : s })),
    shift: form.shift && ops.mul(form.shift, s),
  })
  const negative = (form: Form): Form => ({
    terms: form.terms.map(({ x, scale }) => ({ x, scale: ops.neg(scale ?? one) })),
    shift: form.shift && ops.neg(form.shift),
  })
  const plus = (p: Form, q: Form): Form => ({
    terms: q.terms.reduce(withTerm, p.terms),
    shift: p.shift && q.shift ? ops.add(p.shift, q.shift) : (p.shift ?? q.shift),
  })
  const operand = (x: Tensor): Form | undefined =>
    isVector(x, node.shape) ? { terms: [], shift: x } : sameShape(x.shape, node.shape) ? formOf(x) : undefined
  switch (node.op.name) {
    case 'mul':
      for (const [x, v] of [
        [a, b],
        [b, a],
      ])
        if (sameShape(x.shape, node.shape) && isVector(v, node.shape)) return times(formOf(x), v)
      return undefined
    case 'add':
    case 'sub': {
      const [p, q] = [operand(a), operand(b)]
      return p && q && plus(p, node.op.name === 'add' ? q : negative(q))
    }
    default:
      return undefined
  }
}
const one = asTensor(1)

/** Terms of the same images become one. */
function withTerm(terms: readonly Term[], { x, scale }: Term): readonly Term[] {
  const same = terms.find((term) => term.x === x)
  if (same === undefined) return [...terms, { x, scale }]
  const sum = ops.add(same.scale ?? one, scale ?? one)
  return terms.map((term) => (term === same ? { x, scale: sum } : term))
}

/** The images of a form: a convolution where a scale and a shift meet. */
function written({ terms, shift }: Form, shape: readonly number[]): Tensor {
  const vector = (v: Tensor) => ops.reshape(ops.expand(v, [1, shape[1], 1, 1]), [shape[1]])
  let rest = shift
  const parts = terms.map(({ x, scale }) => {
    if (scale === undefined) return x
    if (rest === undefined) return ops.mul(x, scale)
    const bias = vector(rest)
    rest = undefined
    return ops.conv2d(x, ops.reshape(vector(scale), [shape[1], 1, 1, 1]), { groups: shape[1], bias })
  })
  const sum = parts.reduce((a, b) => ops.add(a, b))
  return rest === undefined ? sum : ops.add(sum, rest)
}

/** The images behind a form that only scales them; any other form is taken as it is written. */
const scaled = (x: Tensor, { terms, shift }: Form): Term =>
  terms.length === 1 && shift === undefined ? terms[0] : { x }

/** Σ x · y of each channel, as [1, C, 1, 1]: each plane of x meets one kernel, the plane of y. */
function dot(x: Tensor, y: Tensor): Tensor {
  const [N, C, H, W] = x.shape
  const each = ops.conv2d(ops.reshape(x, [1, N * C, H, W]), ops.reshape(y, [N * C, 1, H, W]), { groups: N * C })
  return ops.reshape(ops.sum(ops.reshape(each, [N, C]), { axes: 0 }), [1, C, 1, 1])
}

/**
 * Whether a node's images are needed for themselves: then what follows starts from them, since a form behind them would cost the same
 * and keep more alive. Several users of a sum share it too.
 */
function mustExist(graph: Graph): (node: Tensor, form: Form) => boolean {
  const users = new Map<Tensor, Set<Tensor>>()
  for (const node of graph.nodes)
    for (const x of node.inputs) users.set(x, (users.get(x) ?? new Set<Tensor>()).add(node))
  const outputs = new Set(graph.outputs.map(({ tensor }) => tensor))
  return (node, { terms, shift }) => {
    const all = [...(users.get(node) ?? [])]
    if (outputs.has(node) || (terms.length > 1 && all.length > 1)) return true
    const onlyScaled = terms.length === 1 && shift === undefined
    return !all.every((user) => {
      if (user.op.name === 'relu' || user.op.name === 'add' || user.op.name === 'sub') return true
      if (isReduction(user)) return onlyScaled
      if (user.op.name !== 'mul') return false
      if (user.inputs.some((x) => isVector(x, node.shape))) return true
      return onlyScaled && [...(users.get(user) ?? [])].every(isReduction)
    })
  }
}
