import { confusionTable, type EnsembleReport, htmlTable, reportPage } from '@epipole/learn'

/** The page of several seeds: each run, what they are in the mean, and what they take for what together. */
export function seedsHtml(
  title: string,
  classes: readonly string[],
  runs: readonly { readonly seed: number; readonly accuracy: number | null }[],
  report: EnsembleReport | undefined,
): string {
  const percent = (part: number) => `${(100 * part).toFixed(2)} %`
  const rows = runs.map(({ seed, accuracy }) => [`seed ${seed}`, accuracy === null ? 'broke' : percent(accuracy)])
  const together = report
    ? [
        ['mean ± deviation', `${percent(report.mean)} ± ${percent(report.deviation)}`],
        ['disagreement of two', percent(report.disagreement)],
        ['together', percent(report.ensemble)],
      ]
    : []
  return reportPage(title, [
    htmlTable(['', 'accuracy on the validation images'], [...rows, ...together]),
    report ? confusionTable(classes, report.confusion) : '',
  ])
}
