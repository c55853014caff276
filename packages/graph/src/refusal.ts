import { EpipoleError } from '@epipole/core'
import type { DType } from './dtype.js'
import type { TensorType } from './op.js'
import { currentScope } from './scope.js'
import { showShape } from './shape.js'
import type { Tensor } from './tensor.js'

/** What an op says of inputs that do not fit, before it is known where in the user's program that was. */
export class Refusal extends Error {}

/** What an op says of inputs that do not fit: the rule, and which number breaks it. */
export function refuse(rule: string): never {
  throw new Refusal(rule)
}

/** Refuses inputs of element types that an op does not compute in. */
export function computesIn(dtypes: readonly DType[], name: string, inputs: readonly { readonly dtype: DType }[]): void {
  const other = inputs.find(({ dtype }) => !dtypes.includes(dtype))
  if (other) refuse(`${name} is defined for ${dtypes.join(', ')}, not for ${other.dtype}: cast first.`)
}

/** A call as messages say it: `matmul(f32[2, 3], f32[4, 5])`. */
export const callText = (op: string, inputs: readonly unknown[]): string =>
  `${op}(${inputs.map((t) => (isTyped(t) ? `${t.dtype}${showShape(t.shape)}` : kindOf(t))).join(', ')})`
const isTyped = (value: unknown): value is TensorType =>
  typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value

/** The error of a refusal: op, inputs, layer, line, rule. */
export function told(
  { message }: Refusal,
  code: 'usage' | 'input',
  op: string,
  inputs: readonly Tensor[],
  layer: string,
  site: string,
): EpipoleError {
  const details = { op, inputs: inputs.map((t) => t.shape), scope: layer, callSite: site }
  return new EpipoleError(code, `${callText(op, inputs)}${whereabouts(layer, site)}: ${message}`, details)
}

/** What something is, where it is not what was wanted: `null`, `string`, `Promise`. */
export const kindOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? (value.constructor?.name ?? 'object')
    : `${value === null ? null : typeof value}`

/** Names in a sentence: all, or the first few. */
export const listed = (names: readonly string[], most = 12): string =>
  names.length > most ? `${names.slice(0, most).join(', ')} and ${names.length - most} more` : names.join(', ')

/** Where in the user's program something happened, as messages say it: layer and line, as far as they are known. */
export const whereabouts = (layer: string, site: string): string =>
  `${layer === '' ? '' : ` in ${layer}`}${site === '' ? '' : ` at ${site}`}`

/** The first line of the stack outside the engine and its layers. */
export function callSite(error: Error): string {
  const own = /[/\\](packages|@epipole)[/\\](graph|learn)[/\\](src|dist)[/\\](?!.*\.test\.)/
  const line = error.stack?.split('\n').find((l, i) => i > 0 && /:\d+:\d+\)?$/.test(l) && !own.test(l))
  return line?.match(/\(?([^\s()]+:\d+:\d+)\)?$/)?.[1] ?? ''
}

/** Refuses what a function outside of ops was given, with the caller's line. */
export function misuse(what: string, advice = '', details: Record<string, unknown> = {}): never {
  const where = whereabouts(currentScope(), callSite(new Error()))
  throw new EpipoleError('usage', `${what}${where}${advice === '' ? '.' : `: ${advice}.`}`, details)
}
