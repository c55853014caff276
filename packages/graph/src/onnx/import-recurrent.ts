import * as ops from '../ops/index.js'
import { sameShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { filled, type Import, type ImportTable, range } from './import-helpers.js'
import type { ImportNode } from './import-node.js'

/*
 * Recurrent networks, unrolled: the lengths of sequences are known when a graph is made. Weights are W [directions, gates · H, inputs],
 * R [directions, gates · H, H] and B [directions, 2 · gates · H].
 */

type Activation = (x: Tensor) => Tensor
const activations: Readonly<Record<string, Activation>> = { Sigmoid: ops.sigmoid, Tanh: ops.tanh, Relu: ops.relu }

/** What a cell has for its direction. */
interface Cell {
  readonly hidden: number
  /** x Wᵀ + bias of W of each gate, and of h the same by R. */
  fromInput(gate: number, x: Tensor): Tensor
  fromHidden(gate: number, h: Tensor): Tensor
  /** Weights [H] of the cell's own state into gates (LSTM's peepholes), none where they are left out. */
  peephole(k: number): Tensor | undefined
  readonly f: readonly Activation[]
  readonly resetFirst: boolean
}

/** From an input [N, inputs] and the states before to the states after, the first of which is the output. */
type Step = (cell: Cell, x: Tensor, states: readonly Tensor[]) => Tensor[]

const rnn: Step = ({ f, fromInput, fromHidden }, x, [h]) => [f[0](ops.add(fromInput(0, x), fromHidden(0, h)))]

const gru: Step = ({ f, fromInput, fromHidden, resetFirst }, x, [h]) => {
  const gate = (i: number) => f[0](ops.add(fromInput(i, x), fromHidden(i, h)))
  const [update, reset] = [gate(0), gate(1)]
  const past = resetFirst ? fromHidden(2, ops.mul(reset, h)) : ops.mul(reset, fromHidden(2, h))
  const candidate = f[1](ops.add(fromInput(2, x), past))
  return [ops.add(ops.mul(ops.sub(1, update), candidate), ops.mul(update, h))]
}

const lstm: Step = ({ f, fromInput, fromHidden, peephole }, x, [h, c]) => {
  const sum = (i: number) => ops.add(fromInput(i, x), fromHidden(i, h))
  const seen = (k: number, state: Tensor, t: Tensor) => {
    const weights = peephole(k)
    return weights === undefined ? t : ops.add(t, ops.mul(weights, state))
  }
  const enter = f[0](seen(0, c, sum(0)))
  const forget = f[0](seen(2, c, sum(2)))
  const next = ops.add(ops.mul(forget, c), ops.mul(enter, f[1](sum(3))))
  return [ops.mul(f[0](seen(1, next, sum(1))), f[2](next)), next]
}

interface Kind {
  readonly gates: number
  readonly states: number
  readonly step: Step
  readonly activations: readonly string[]
}

function cellOf(node: ImportNode, kind: Kind, direction: number, hidden: number): Cell {
  const of = (t: Tensor) => ops.reshape(ops.slice(t, 0, direction, direction + 1), t.shape.slice(1))
  const [W, R, B, P] = [1, 2, 3, 7].map((i) => {
    const t = node.optional(i)
    return t && of(t)
  })
  const rows = (t: Tensor, i: number) => ops.slice(t, 0, i * hidden, (i + 1) * hidden)
  const linear = (weights: Tensor | undefined, gate: number, x: Tensor, bias: number) => {
    const y = ops.matmul(x, ops.transpose(rows(weights ?? node.input(1), gate)))
    return B === undefined ? y : ops.add(y, rows(B, bias))
  }
  const names = (node.strings('activations') ?? []).slice(direction * kind.activations.length)
  return {
    hidden,
    fromInput: (gate, x) => linear(W, gate, x, gate),
    fromHidden: (gate, h) => linear(R, gate, h, kind.gates + gate),
    peephole: (k) => P && rows(P, k),
    f: kind.activations.map((usual, k) => {
      const name = names[k] ?? usual
      return activations[name] ?? node.refuse(`activation ${name} is not among ${Object.keys(activations).join(', ')}.`)
    }),
    resetFirst: node.int('linear_before_reset', 0) === 0,
  }
}

const unrolled =
  (kind: Kind): Import =>
  (node) => {
    const batchFirst = node.int('layout', 0) === 1
    const x = batchFirst ? ops.transpose(node.input(0), [1, 0, 2]) : node.input(0)
    const [steps, batch, inputs] = x.shape
    const direction = node.string('direction', 'forward')
    const hidden = node.int('hidden_size', node.input(2).shape[2])
    if (node.has('clip') || node.int('input_forget', 0) !== 0) node.refuse('clip and input_forget are not computed.')
    if (node.known(4)?.data.some((n) => n !== steps)) node.refuse('sequences of different lengths are not taken.')
    if (steps > 2 ** 12) node.refuse(`${steps} steps are too many to be unrolled.`)
    const count = direction === 'bidirectional' ? 2 : 1
    const first = [5, 6].slice(0, kind.states).map((i) => {
      const given = node.optional(i)
      if (given === undefined) return filled(0, [count, batch, hidden], x.dtype)
      return batchFirst ? ops.transpose(given, [1, 0, 2]) : given
    })
    const ways = range(count).map((d) => {
      const cell = cellOf(node, kind, d, hidden)
      const backwards = direction === 'reverse' || d === 1
      let states = first.map((s) => ops.reshape(ops.slice(s, 0, d, d + 1), [batch, hidden]))
      const outputs: Tensor[] = []
      for (const t of backwards ? range(steps).toReversed() : range(steps)) {
        states = kind.step(cell, ops.reshape(ops.slice(x, 0, t, t + 1), [batch, inputs]), states)
        outputs[t] = states[0]
      }
      return { outputs, states }
    })
    const turned = (t: Tensor, order: readonly number[]) => (batchFirst ? ops.transpose(t, order) : t)
    const all = ops.stack(
      range(steps).map((t) =>
        ops.stack(
          ways.map(({ outputs }) => outputs[t]),
          0,
        ),
      ),
      0,
    )
    const last = range(kind.states).map((k) =>
      turned(
        ops.stack(
          ways.map(({ states }) => states[k]),
          0,
        ),
        [1, 0, 2],
      ),
    )
    if (!sameShape(all.shape, [steps, count, batch, hidden])) node.refuse('its weights do not fit its states.')
    return [turned(all, [2, 0, 1, 3]), ...last]
  }

export const recurrent: ImportTable = {
  GRU: unrolled({ gates: 3, states: 1, step: gru, activations: ['Sigmoid', 'Tanh'] }),
  LSTM: unrolled({ gates: 4, states: 2, step: lstm, activations: ['Sigmoid', 'Tanh', 'Tanh'] }),
  RNN: unrolled({ gates: 1, states: 1, step: rnn, activations: ['Tanh'] }),
}
