import { median, quantile } from '@epipole/geometry'
import { type Row, row, type Target } from '../rows.js'
import { type Method, methods } from './opencv.js'
import type { Outcome } from './ours.js'
import { errorOf, type Problem, success } from './problem.js'

/** What one method did with all problems of a case. */
export interface Scored {
  readonly errors: readonly number[]
  readonly ms: readonly number[]
}

export function score(problems: readonly Problem[], outcomes: readonly Outcome[]): Scored {
  return { errors: outcomes.map(({ model }, i) => errorOf(problems[i], model)), ms: outcomes.map(({ ms }) => ms) }
}

export interface Bounds {
  readonly least?: number
  readonly timed?: boolean
}

/** Methods whose numbers ours must reach; the others are there to be seen. */
const BINDING: readonly Method[] = ['USAC_MAGSAC', 'USAC_ACCURATE']

/**
 * The rows of a case: part of the problems whose model was found, the median error over the problems that both found (so
 * that neither gains by leaving out the hard ones), and times.
 *
 * @param bounds.least percent of the problems that must be found, whatever the peer does
 * @param bounds.timed USAC_MAGSAC's time is to be reached too
 */
export function caseRows(
  name: string,
  family: Problem['family'],
  ours: Scored,
  peers: Partial<Record<Method, Scored>>,
  { least = 0, timed = false }: Bounds = {},
): Row[] {
  const { unit, atMost } = success[family]
  const found = ({ errors }: Scored) => (100 * errors.filter((e) => e <= atMost).length) / errors.length
  return methods.flatMap((method) => {
    const peer = peers[method]
    const binding = BINDING.includes(method)
    const beside = (value: number | undefined) => ({
      name: peer === undefined ? `OpenCV ${method}, not run` : `OpenCV ${method}`,
      value,
    })
    const both =
      peer === undefined ? [] : ours.errors.flatMap((e, i) => (e <= atMost && peer.errors[i] <= atMost ? [i] : []))
    const middle = (of: Scored | undefined) =>
      of && both.length > 0 ? median(both.map((i) => of.errors[i])) : undefined
    const asGood: Target = binding
      ? { of: 'ours', atLeast: Math.max(least, peer ? found(peer) : 0) }
      : { of: 'nothing' }
    const asExact: Target = binding && both.length > 0 ? { of: 'ratio', atMost: 1 } : { of: 'nothing' }
    const asFast: Target = timed && method === 'USAC_MAGSAC' ? { of: 'ratio', atMost: 1 } : { of: 'nothing' }
    return [
      row(name, `found (≤ ${atMost} ${unit})`, '%', found(ours), beside(peer && found(peer)), asGood),
      row(name, 'median error where both found it', unit, middle(ours), beside(middle(peer)), asExact),
      row(
        name,
        `time, median of ${ours.ms.length}`,
        'ms',
        median([...ours.ms]),
        beside(peer && median([...peer.ms])),
        asFast,
      ),
      row(name, 'time, 95th percentile', 'ms', p95(ours), beside(peer && p95(peer)), { of: 'nothing' }),
    ]
  })
}

const p95 = ({ ms }: Scored) => quantile([...ms], 0.95)
