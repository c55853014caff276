import { EpipoleError } from '@epipole/core'
import { isNdArray, leavesOf, mapTree, type NdArray, type Tree } from '@epipole/graph'
import type { Variables } from '../layers/layer.js'

/** How given arrays and a model fit, by name. */
export interface WeightsReport {
  readonly loaded: readonly string[]
  /** In the model, not in what was given. */
  readonly missing: readonly string[]
  /** In what was given, not in the model. */
  readonly unexpected: readonly string[]
  readonly wrongShape: readonly {
    readonly name: string
    readonly wanted: readonly number[]
    readonly given: readonly number[]
  }[]
}

/** Counts kept by PyTorch that say nothing of the model. */
const IGNORED = /(^|\.)num_batches_tracked$/

/**
 * The model's variables with the given arrays in their places, by PyTorch's names. `strict` (the default) throws an `input`
 * error that lists what does not fit; else what does not fit stays as it was, and the report says so.
 */
export function loadWeights(
  variables: Variables,
  given: ReadonlyMap<string, NdArray>,
  { strict = true }: { readonly strict?: boolean } = {},
): { readonly variables: Variables; readonly report: WeightsReport } {
  const loaded: string[] = []
  const missing: string[] = []
  const wrongShape: { name: string; wanted: readonly number[]; given: readonly number[] }[] = []
  const place = (tree: Tree<NdArray>) =>
    mapTree<NdArray, NdArray>(tree, isNdArray, (own, name) => {
      const value = given.get(name)
      if (value === undefined) missing.push(name)
      else if (`${value.shape}` !== `${own.shape}`) wrongShape.push({ name, wanted: own.shape, given: value.shape })
      else {
        loaded.push(name)
        return value
      }
      return own
    })
  const next = { params: place(variables.params), buffers: place(variables.buffers) }
  const known = new Set([...loaded, ...wrongShape.map(({ name }) => name)])
  const unexpected = [...given.keys()].filter((name) => !known.has(name) && !IGNORED.test(name))
  const report = { loaded, missing, unexpected, wrongShape }
  if (strict && missing.length + unexpected.length + wrongShape.length > 0)
    throw new EpipoleError('input', `The weights are another model's: ${mismatch(report)}.`, { report })
  return { variables: next, report }
}

/** The arrays of a model by name, parameters first: what is written to a file. */
export const weightsOf = ({ params, buffers }: Variables): Map<string, NdArray> =>
  new Map([...leavesOf(params, isNdArray), ...leavesOf(buffers, isNdArray)])

function mismatch({ missing, unexpected, wrongShape }: WeightsReport): string {
  const some = (names: readonly string[]) =>
    names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '')
  const shapes = wrongShape.map(({ name, wanted, given }) => `${name} is [${given}], not [${wanted}]`)
  return [
    missing.length > 0 ? `missing ${some(missing)}` : '',
    unexpected.length > 0 ? `unknown ${some(unexpected)}` : '',
    shapes.length > 0 ? some(shapes) : '',
  ]
    .filter(Boolean)
    .join('; ')
}
