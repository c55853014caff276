import { EpipoleError } from '@epipole/core'
import { showShape } from './shape.js'
import type { Tensor } from './tensor.js'

/** What an op says of inputs that do not fit, before it is known where in the user's program that was. */
export class Refusal extends Error {}

/** What an op says of inputs that do not fit: the rule, and which number breaks it. */
export function refuse(rule: string): never {
  throw new Refusal(rule)
}

/** The error of a refusal: op, inputs, layer, line, rule. */
export function told(
  { message }: Refusal,
  code: 'usage' | 'input',
  op: string,
  inputs: readonly Tensor[],
  layer: string,
  site: string,
): EpipoleError {
  const given = inputs.map((t) => `${t.dtype}${showShape(t.shape)}`).join(', ')
  const details = { op, inputs: inputs.map((t) => t.shape), scope: layer, callSite: site }
  return new EpipoleError(code, `${op}(${given})${whereabouts(layer, site)}: ${message}`, details)
}

export const kindOf = (value: unknown): string => (value === null ? 'null' : typeof value)

/** Where in the user's program something happened, as messages say it: layer and line, as far as they are known. */
export const whereabouts = (layer: string, site: string): string =>
  `${layer === '' ? '' : ` in ${layer}`}${site === '' ? '' : ` at ${site}`}`

/** The first line of the stack outside the engine and its layers. */
export function callSite(error: Error): string {
  const own = /[/\\](packages|@epipole)[/\\](graph|learn)[/\\](src|dist)[/\\](?!.*\.test\.)/
  const line = error.stack?.split('\n').find((l, i) => i > 0 && /:\d+:\d+\)?$/.test(l) && !own.test(l))
  return line?.match(/\(?([^\s()]+:\d+:\d+)\)?$/)?.[1] ?? ''
}
