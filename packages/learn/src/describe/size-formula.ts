import { EpipoleError } from '@epipole/core'
import { convSize, type Shape, type Tensor } from '@epipole/graph'

/** A window along one axis. */
interface Along {
  readonly stride: number
  readonly before: number
  readonly after: number
  /** How many places it reaches over: dilation · (kernel − 1) + 1. */
  readonly extent: number
}

const FORMULAS: Readonly<Record<string, (size: number, result: number, along: Along) => string>> = {
  conv2d: slides,
  maxPool2d: slides,
  avgPool2d: slides,
  conv2dInput: spreads,
}

/** How the size of a node's result follows from the window that makes it, rows and columns if they differ; undefined without one. */
export function sizeFormula({ op, inputs, attrs, shape }: Tensor): string | undefined {
  const formula = FORMULAS[op.name]
  if (formula === undefined) return undefined
  const { stride, pads, dilation } = attrs as { stride: Shape; pads: Shape; dilation: Shape }
  const kernel = (attrs.kernel as Shape | undefined) ?? inputs[1].shape.slice(2)
  const [rows, columns] = [0, 1].map((i) =>
    formula(inputs[0].shape[2 + i], shape[2 + i], {
      stride: stride[i],
      before: pads[i],
      after: pads[2 + i],
      extent: dilation[i] * (kernel[i] - 1) + 1,
    }),
  )
  return rows === columns ? rows : `${rows}, ${columns}`
}

/** ⌊(in + padding − extent)/stride⌋ + 1. */
function slides(size: number, result: number, { stride, before, after, extent }: Along): string {
  check(convSize(size, extent, stride, before + after, 1), result)
  return `⌊(${size} + ${padding(before, after)} − ${extent})/${stride}⌋ + 1 = ${result}`
}

/** A transposed convolution: (in − 1)·stride − padding + extent, and what of a stride is added at the end. */
function spreads(size: number, result: number, { stride, before, after, extent }: Along): string {
  const least = (size - 1) * stride - before - after + extent
  const added = result - least
  if (added < 0 || added >= stride) check(least, result)
  return `(${size} − 1)·${stride} − ${padding(before, after)} + ${extent}${added > 0 ? ` + ${added}` : ''} = ${result}`
}

const padding = (before: number, after: number): string => (before === after ? `2·${before}` : `${before} + ${after}`)

function check(formula: number, graph: number): void {
  if (formula !== graph) throw new EpipoleError('internal', `The formula gives ${formula}, the graph ${graph}.`)
}
