import { constantValue } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'

/** A product of a number and tensors. */
export interface Factors {
  readonly scale: number
  readonly of: readonly Tensor[]
}

/** The number that a constant is. */
export function scalarOf(t: Tensor): number | undefined {
  const value = constantValue(t)
  return value?.data.length === 1 ? (value.data[0] as number) : undefined
}

/** What a node is a multiple of, where it is one of one tensor of its shape: x · number, number · x, x / number, −x. */
export function multiple({ op, inputs: [a, b] }: Tensor): { readonly x: Tensor; readonly scale: number } | undefined {
  if (op.name === 'neg') return { x: a, scale: -1 }
  if (op.name !== 'mul' && op.name !== 'div') return undefined
  const right = b.rank <= a.rank ? scalarOf(b) : undefined
  if (right !== undefined) return { x: a, scale: op.name === 'div' ? 1 / right : right }
  const left = op.name === 'mul' && a.rank <= b.rank ? scalarOf(a) : undefined
  return left === undefined ? undefined : { x: b, scale: left }
}

/**
 * Products and sums of more parts than this are not looked into: none that we know has so many, and what is squared or doubled again and
 * again would have no end.
 */
const MOST = 32

function few(opens: (t: Tensor) => boolean): (t: Tensor) => boolean {
  let left = MOST
  return (t) => opens(t) && left-- > 0
}

/** A node as a product, taken apart as far as `opens` allows. */
export function factorsOf(node: Tensor, opens: (product: Tensor) => boolean): Factors {
  const open = few(opens)
  const walk = (t: Tensor): Factors => {
    if (!open(t)) return { scale: 1, of: [t] }
    const scaled = multiple(t)
    if (scaled !== undefined) {
      const { scale, of } = walk(scaled.x)
      return { scale: scale * scaled.scale, of }
    }
    if (t.op.name !== 'mul') return { scale: 1, of: [t] }
    const [p, q] = t.inputs.map(walk)
    return { scale: p.scale * q.scale, of: [...p.of, ...q.of] }
  }
  return walk(node)
}

/** The terms of a sum, taken apart as far as `opens` allows. */
export function termsOf(node: Tensor, opens: (sum: Tensor) => boolean): readonly Tensor[] {
  const open = few(opens)
  const walk = (t: Tensor): readonly Tensor[] => (t.op.name === 'add' && open(t) ? t.inputs.flatMap(walk) : [t])
  return walk(node)
}

/** The list without one of each of `taken`; undefined where one is not in it. */
export function without(list: readonly Tensor[], ...taken: readonly Tensor[]): readonly Tensor[] | undefined {
  const rest = [...list]
  for (const t of taken) {
    const at = rest.indexOf(t)
    if (at < 0) return undefined
    rest.splice(at, 1)
  }
  return rest
}

/** Whether two numbers are the same to the rounding of f32. */
export const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.abs(b)
