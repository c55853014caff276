import type { Graph } from '../graph.js'
import { scalarArray } from '../nd-array.js'
import type { Op } from '../op.js'
import { erfOf } from '../ops/erf.js'
import * as ops from '../ops/index.js'
import { sameShape } from '../shape.js'
import { apply, type Tensor } from '../tensor.js'
import { factorsOf, multiple, near, scalarOf, termsOf, without } from './factors.js'
import { type Rule, rewrite, withInputs } from './rewrite.js'
import { userCounts } from './users.js'

/**
 * The GELU, x Φ(x) by erf, and its gradient g (Φ(x) + x φ(x)), however their factors and numbers are arranged, in few passes over
 * memory (measured, see bench/README.md). The values stay, to rounding.
 */
export function gelu(graph: Graph): Graph {
  const users = userCounts(graph)
  const now = new Map<Tensor, Tensor>()
  const current = (t: Tensor) => now.get(t) as Tensor
  const known = new Map<Tensor, Tensor>()
  /** Φ(x), the same for the way there and the way back. */
  const cdf = (x: Tensor) => {
    const made = known.get(x) ?? apply(cdfOp, [ops.div(x, Math.SQRT2)], {})
    known.set(x, made)
    return made
  }
  /** Products within `top` that nobody else takes, and multiples. */
  const within = (top: Tensor, x?: Tensor) => (node: Tensor) =>
    node !== x && (node === top || users.get(node) === 1 || multiple(node) !== undefined)
  /** `node` as scale · Φ(x) · rest. */
  const withCdf = (node: Tensor) => {
    const found = factorsOf(node, within(node))
      .of.map(cdfOf)
      .find((cdf) => cdf !== undefined)
    if (found === undefined) return undefined
    const { scale, of } = factorsOf(node, within(node, found.x))
    const rest = without(of, found.node)
    return rest && { x: found.x, scale: scale * found.scale, rest }
  }

  const forward = (node: Tensor): Tensor | undefined => {
    const found = withCdf(node)
    if (found?.rest.length !== 1 || found.rest[0] !== found.x || !near(found.scale, 1)) return undefined
    return ops.mul(current(found.x), cdf(current(found.x)))
  }
  const backward = (node: Tensor): Tensor | undefined => {
    const terms = termsOf(node, (sum) => sum === node || users.get(sum) === 1)
    for (const p of terms) {
      const found = withCdf(p)
      if (found === undefined || !found.rest.every(({ shape }) => sameShape(shape, node.shape))) continue
      const { x, scale, rest } = found
      // The other term: 1/√2π · scale · rest · x · e^(−x²/2).
      const q = terms.find((term) => {
        const { scale: own, of } = factorsOf(term, within(term, x))
        const bell = of.find((t) => isBell(t, x))
        return bell && near(own * ROOT_2PI, scale) && without(of, bell, x, ...rest)?.length === 0
      })
      if (q === undefined || q === p || !near(scale, 1)) continue
      const others = terms.filter((term) => term !== p && term !== q).map(current)
      return [...others, [...rest.map(current), slope(cdf(current(x)))].reduce(ops.mul)].reduce(ops.add)
    }
    return undefined
  }
  const apart = rewrite(graph, (node, inputs) => {
    const wanted = node.dtype === 'f32' && (node.op.name === 'mul' ? forward(node) : backward(node))
    const result = wanted || withInputs(node, inputs)
    now.set(node, result)
    return result
  })
  return rewrite(apart, joined(userCounts(apart)))
}

const ROOT_2PI = Math.sqrt(2 * Math.PI)

/** 1 + erf(x / √2) = 2 Φ(x), or a multiple of it. */
function cdfOf(node: Tensor): { node: Tensor; x: Tensor; scale: number } | undefined {
  if (node.op.name !== 'add') return undefined
  const [a, b] = node.inputs
  const [shift, e] = scalarOf(a) === undefined ? [scalarOf(b), a] : [scalarOf(a), b]
  if (shift === undefined || !sameShape(e.shape, node.shape)) return undefined
  const { scale, of } = factorsOf(e, (t) => multiple(t) !== undefined)
  const inner = of[0]?.op.name === 'erf' ? multiple(of[0].inputs[0]) : undefined
  if (inner === undefined || !near(inner.scale, Math.SQRT1_2) || !near(scale, shift)) return undefined
  return { node, x: inner.x, scale: 2 * shift }
}

/** e^(−x²/2). */
function isBell({ op, inputs }: Tensor, x: Tensor): boolean {
  if (op.name !== 'exp') return false
  const { scale, of } = factorsOf(inputs[0], (t) => t !== x)
  return near(scale, -0.5) && of.length === 2 && of.every((t) => t === x)
}

/** Φ of √2 h as ½ + ½ erf(h), which a hard sigmoid says in one pass: it is never outside of 0 … 1. */
const cdfOp: Op<Record<string, never>> = {
  name: 'normalCdf',
  infer: ([h]) => h,
  evaluate([h], _, out) {
    for (let i = 0; i < out.data.length; i++) out.data[i] = 0.5 + 0.5 * erfOf(h.data[i] as number)
  },
  onnx: (context, inputs) => context.node('HardSigmoid', [context.node('Erf', inputs)], { alpha: 0.5, beta: 0.5 }),
}

/** Φ(x) + x φ(x) = Φ(x) + h / e^(h²) / √π, where h = x / √2. Where the exponential is infinite, nothing is left of the term. */
function slope(cdf: Tensor): Tensor {
  const [h] = cdf.inputs
  return ops.add(cdf, ops.mul(ops.div(h, ops.exp(ops.mul(h, h))), 1 / Math.sqrt(Math.PI)))
}

/** In the words that ONNX Runtime knows as one operator. */
const geluOp: Op<Record<string, never>> = {
  name: 'gelu',
  infer: ([x]) => x,
  evaluate([x], _, out) {
    for (let i = 0; i < out.data.length; i++) {
      const v = x.data[i] as number
      out.data[i] = v * (0.5 + 0.5 * erfOf(v / Math.SQRT2))
    }
  },
  onnx(context, [x]) {
    const number = (value: number) => context.constant(scalarArray(value, 'f32'))
    const e = context.node('Erf', [context.node('Div', [x, number(Math.SQRT2)])])
    const doubled = context.node('Mul', [x, context.node('Add', [e, number(1)])])
    return context.node('Mul', [doubled, number(0.5)])
  },
}

/** x Φ(x) whose Φ(x) no gradient takes. */
const joined =
  (users: ReadonlyMap<Tensor, number>): Rule =>
  (node, [x, p]) =>
    node.op.name === 'mul' && p.op.name === cdfOp.name && users.get(node.inputs[1]) === 1
      ? apply(geluOp, [x], {})
      : undefined
