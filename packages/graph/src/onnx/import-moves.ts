import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import { type ImportTable, ints, range, unary } from './import-helpers.js'
import type { ImportNode } from './import-node.js'

/** Blocks of b × b channels become squares of pixels; `DCR` and `CRD` say which of the channel's digits come first. */
function depthToSpace(x: Tensor, node: ImportNode): Tensor {
  const b = node.int('blocksize', 1)
  const [N, C, H, W] = x.shape
  const c = C / (b * b)
  if (node.string('mode', 'DCR') === 'CRD') {
    const split = ops.transpose(ops.reshape(x, [N, c, b, b, H, W]), [0, 1, 4, 2, 5, 3])
    return ops.reshape(split, [N, c, H * b, W * b])
  }
  return ops.reshape(ops.transpose(ops.reshape(x, [N, b, b, c, H, W]), [0, 3, 4, 1, 5, 2]), [N, c, H * b, W * b])
}

function spaceToDepth(x: Tensor, node: ImportNode): Tensor {
  const b = node.int('blocksize', 1)
  const [N, C, H, W] = x.shape
  const split = ops.transpose(ops.reshape(x, [N, C, H / b, b, W / b, b]), [0, 3, 5, 1, 2, 4])
  return ops.reshape(split, [N, C * b * b, H / b, W / b])
}

/** The letters of a term, with fresh ones for the axes that dots stand for, aligned at the last of them. */
function lettersOf(term: string, rank: number): string[] {
  const named = term.replace('...', '')
  const dots = term.includes('...') ? rank - named.length : 0
  return [
    ...term.replace(
      '...',
      range(dots)
        .map((i) => String.fromCodePoint(0x2480 - dots + i))
        .join(''),
    ),
  ]
}

/**
 * Einstein's sum: every input with all letters as axes, multiplied and summed over those that the result has not. Two at a time, so that
 * what only two share is a matrix product.
 */
function einsum(node: ImportNode): Tensor[] {
  const equation = node.string('equation', '').replaceAll(' ', '')
  const [left, right] = equation.split('->')
  const terms = left.split(',').map((term, i) => lettersOf(term, node.input(i).rank))
  const all = terms.flat()
  const once = [...new Set(all)].filter((l) => l > 'z' || all.filter((m) => m === l).length === 1).sort()
  // (Without an arrow: what occurs once, in order of the alphabet, behind the axes of the dots.)
  const implied = [...once.filter((l) => l > 'z'), ...once.filter((l) => l <= 'z')]
  const dots = [...new Set(all)].filter((l) => l > 'z')
  const wanted = right === undefined ? implied : [...right.replace('...', dots.join(''))]
  if (terms.some((letters) => new Set(letters).size < letters.length)) return diagonal(node, terms, wanted)
  const [first, ...rest] = terms.map((letters, i) => ({ x: node.input(i), letters }))
  const product = rest.reduce((a: Named, b: Named, i) => {
    const later = [...wanted, ...rest.slice(i + 1).flatMap(({ letters }) => letters)]
    return contract(a, b, later)
  }, first)
  return [arranged(product, wanted)]
}

interface Named {
  readonly x: Tensor
  readonly letters: readonly string[]
}

/** Summed over letters that are not wanted, in the order of those that are. */
function arranged({ x, letters }: Named, wanted: readonly string[]): Tensor {
  const axes = letters.flatMap((l, axis) => (wanted.includes(l) ? [] : [axis]))
  const left = letters.filter((l) => wanted.includes(l))
  const summed = axes.length > 0 ? ops.sum(x, { axes }) : x
  return ops.transpose(
    summed,
    wanted.map((l) => left.indexOf(l)),
  )
}

/** The product of two, summed over letters that nothing later needs: [both kept, own of a] × [own of b]. */
function contract(a: Named, b: Named, later: readonly string[]): Named {
  const drop = ({ x, letters }: Named, other: Named): Named => {
    const kept = letters.filter((l) => later.includes(l) || other.letters.includes(l))
    return { x: arranged({ x, letters }, kept), letters: kept }
  }
  const [l, r] = [drop(a, b), drop(b, a)]
  const shared = l.letters.filter((c) => r.letters.includes(c))
  const [batch, inner] = [shared.filter((c) => later.includes(c)), shared.filter((c) => !later.includes(c))]
  const [rows, columns] = [l.letters.filter((c) => !shared.includes(c)), r.letters.filter((c) => !shared.includes(c))]
  const size = (c: string) =>
    Math.max(...[l, r].flatMap(({ x, letters }) => (letters.includes(c) ? [x.shape[letters.indexOf(c)]] : [])))
  const sizes = (list: readonly string[]) => list.map(size)
  const product = (list: readonly string[]) => sizes(list).reduce((p, n) => p * n, 1)
  const matrix = ({ x, letters }: Named, order: readonly string[], shape: readonly number[]) =>
    ops.reshape(
      ops.expand(
        ops.transpose(
          x,
          order.map((c) => letters.indexOf(c)),
        ),
        sizes(order),
      ),
      shape,
    )
  const left = matrix(l, [...batch, ...rows, ...inner], [...sizes(batch), product(rows), product(inner)])
  const right = matrix(r, [...batch, ...inner, ...columns], [...sizes(batch), product(inner), product(columns)])
  const letters = [...batch, ...rows, ...columns]
  return { x: ops.reshape(ops.matmul(left, right), sizes(letters)), letters }
}

/** A letter twice in a term names its diagonal: only what one term does is taken. */
function diagonal(node: ImportNode, terms: readonly string[][], wanted: readonly string[]): Tensor[] {
  if (terms.length > 1) return node.refuse('a letter twice in one of several terms is not taken.')
  let named: Named = { x: node.input(0), letters: terms[0] }
  for (;;) {
    const { x, letters } = named
    const second = letters.findIndex((l, i) => letters.indexOf(l) < i)
    if (second < 0) return [arranged(named, wanted)]
    const first = letters.indexOf(letters[second])
    // Ones on the diagonal, and a sum over the second axis.
    const places = ops.reshape(
      ops.cast(eye(node, x.shape[first]), x.dtype),
      x.shape.map((n, i) => (i === first || i === second ? n : 1)),
    )
    named = {
      x: ops.sum(ops.mul(x, places), { axes: second }),
      letters: letters.filter((_, i) => i !== second),
    }
  }
}

const eye = (node: ImportNode, n: number): Tensor => ops.oneHot(ints(node.range(n)), n)

export const moves: ImportTable = {
  DepthToSpace: unary(depthToSpace),
  Einsum: einsum,
  SpaceToDepth: unary(spaceToDepth),
}
