import { diagnosisHtml, findings, type TrainResult } from '@epipole/learn'

export interface TrainingReport {
  readonly title: string
  readonly classes: readonly string[]
  readonly result: TrainResult
}

/** The page of a training: losses, scores, and what steps showed at each validation. */
export function trainingReport({ title, classes, result }: TrainingReport): string {
  const { evaluation, position, losses } = result
  const statistics = position.validations.flatMap(({ step, statistics: seen }) => (seen ? [{ ...seen, step }] : []))
  // Findings of the end; those on the way are seen in the charts, and were told while it went on.
  const last = statistics.at(-1)
  return diagnosisHtml({
    title,
    losses,
    validations: position.validations,
    statistics,
    findings: last ? findings(last).map((finding) => ({ ...finding, step: last.step })) : [],
    ...(evaluation && { confusion: { classes, counts: evaluation.confusion } }),
  })
}
