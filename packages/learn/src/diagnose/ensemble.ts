import { EpipoleError } from '@epipole/core'
import { type Evaluation, scoreLogits } from '../train/evaluate.js'

/** How much a score varies from seed to seed, and what the models reach together. */
export interface EnsembleReport {
  readonly count: number
  readonly mean: number
  /** Sample standard deviation; 0 for a single seed. */
  readonly deviation: number
  readonly accuracies: readonly number[]
  /** Mean part of the images on which two of the models differ; 0 for a single one. */
  readonly disagreement: number
  /** Accuracy of the mean of all probabilities. */
  readonly ensemble: number
  /** Of the ensemble, by true class and what was said: `confusion[truth * classes + said]`. */
  readonly confusion: Int32Array
}

/** Compares equal models of several seeds on the same images, and lets them vote by their mean probability. */
export function ensemble(
  evaluations: readonly Pick<Evaluation, 'logits' | 'accuracy'>[],
  label: (i: number) => number,
  classes: number,
): EnsembleReport {
  const [first] = evaluations
  if (first === undefined) throw new EpipoleError('usage', 'An ensemble of no models: give at least one.')
  if (evaluations.some(({ logits }) => logits.length !== first.logits.length))
    throw new EpipoleError('usage', 'The models of an ensemble must have seen the same images.')
  const sums = new Float64Array(first.logits.length)
  for (const { logits } of evaluations) addProbabilities(logits, classes, sums)
  // The largest probability is the largest logarithm, so that it counts as a logit.
  const together = scoreLogits(
    sums.map((p) => Math.log(p)),
    label,
    classes,
  )
  const accuracies = evaluations.map(({ accuracy }) => accuracy)
  const n = accuracies.length
  const mean = accuracies.reduce((a, b) => a + b, 0) / n
  const variance = n > 1 ? accuracies.reduce((s, a) => s + (a - mean) ** 2, 0) / (n - 1) : 0
  return {
    count: n,
    mean,
    deviation: Math.sqrt(variance),
    accuracies,
    disagreement: disagreementOf(evaluations.map(({ logits }) => choices(logits, classes))),
    ensemble: together.accuracy,
    confusion: together.confusion,
  }
}

/** The class with the largest logit, of each image. */
const choices = (logits: Float32Array, classes: number): number[] =>
  Array.from({ length: logits.length / classes }, (_, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes)
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)))
  })

function disagreementOf(said: readonly (readonly number[])[]): number {
  const parts = said.flatMap((a, i) => said.slice(i + 1).map((b) => a.filter((c, k) => c !== b[k]).length / a.length))
  return parts.length === 0 ? 0 : parts.reduce((s, p) => s + p, 0) / parts.length
}

function addProbabilities(logits: Float32Array, classes: number, sums: Float64Array): void {
  for (let at = 0; at < logits.length; at += classes) {
    const row = logits.subarray(at, at + classes)
    const most = Math.max(...row)
    const total = row.reduce((s, v) => s + Math.exp(v - most), 0)
    row.forEach((v, c) => {
      sums[at + c] += Math.exp(v - most) / total
    })
  }
}
