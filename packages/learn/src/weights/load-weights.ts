import { EpipoleError } from '@epipole/core'
import { type DType, isNdArray, leavesOf, mapTree, type NdArray, ndArray, type Tree } from '@epipole/graph'
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
  /** Integers where the model has floats, or the other way: numbers of a quantised file, say, without their scales. */
  readonly wrongType: readonly { readonly name: string; readonly wanted: DType; readonly given: DType }[]
}

export interface LoadWeightsOptions {
  /** Whether what does not fit is an error (default), or stays as it was. */
  readonly strict?: boolean
  /** Where the arrays come from, for the error. */
  readonly file?: string
}

/** Counts kept by PyTorch that say nothing of the model. */
const IGNORED = /(^|\.)num_batches_tracked$/

/**
 * The model's variables with the given arrays in their places, by PyTorch's names; f64 is rounded to a model's f32, and axes of
 * size 1 do not matter. `strict` (the default) throws an `input` error that lists what does not fit; else what does not fit stays
 * as it was, and the report says so.
 */
export function loadWeights(
  variables: Variables,
  given: ReadonlyMap<string, NdArray>,
  { strict = true, file }: LoadWeightsOptions = {},
): { readonly variables: Variables; readonly report: WeightsReport } {
  const loaded: string[] = []
  const missing: string[] = []
  const wrongShape: { name: string; wanted: readonly number[]; given: readonly number[] }[] = []
  const wrongType: { name: string; wanted: DType; given: DType }[] = []
  const place = (tree: Tree<NdArray>) =>
    mapTree<NdArray, NdArray>(tree, isNdArray, (own, name) => {
      const value = given.get(name)
      if (value === undefined) missing.push(name)
      else if (`${withoutOnes(value.shape)}` !== `${withoutOnes(own.shape)}`)
        wrongShape.push({ name, wanted: own.shape, given: value.shape })
      else if (value.dtype !== own.dtype && !(isReal(value) && isReal(own)))
        wrongType.push({ name, wanted: own.dtype, given: value.dtype })
      else {
        loaded.push(name)
        return ndArray(value.data, own.shape, own.dtype)
      }
      return own
    })
  const next = { params: place(variables.params), buffers: place(variables.buffers) }
  const known = new Set([...loaded, ...[...wrongShape, ...wrongType].map(({ name }) => name)])
  const unexpected = [...given.keys()].filter((name) => !known.has(name) && !IGNORED.test(name))
  const report = { loaded, missing, unexpected, wrongShape, wrongType }
  if (strict && loaded.length < known.size + missing.length + unexpected.length)
    throw new EpipoleError(
      'input',
      `The weights${file === undefined ? '' : ` in ${file}`} are another model's: ${mismatch(report)}.`,
      { report, ...(file !== undefined && { file }) },
    )
  return { variables: next, report }
}

/** (Of GRN, timm has [C] and others [1, 1, 1, C]; of a linear layer, some have a 1 × 1 kernel.) */
const withoutOnes = (shape: readonly number[]): readonly number[] => shape.filter((n) => n !== 1)

const isReal = ({ dtype }: NdArray): boolean => dtype === 'f32' || dtype === 'f64'

/** The arrays of a model by name, parameters first: what is written to a file. */
export const weightsOf = ({ params, buffers }: Variables): Map<string, NdArray> =>
  new Map([...leavesOf(params, isNdArray), ...leavesOf(buffers, isNdArray)])

function mismatch({ missing, unexpected, wrongShape, wrongType }: WeightsReport): string {
  const some = (names: readonly string[]) =>
    names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '')
  const shapes = wrongShape.map(({ name, wanted, given }) => `${name} is [${given}], not [${wanted}]`)
  const types = wrongType.map(({ name, wanted, given }) => `${name} is ${given}, not ${wanted}`)
  return [
    missing.length > 0 ? `missing ${some(missing)}` : '',
    unexpected.length > 0 ? `unknown ${some(unexpected)}` : '',
    shapes.length > 0 ? some(shapes) : '',
    types.length > 0 ? some(types) : '',
  ]
    .filter(Boolean)
    .join('; ')
}
