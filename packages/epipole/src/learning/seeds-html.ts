import { confusionTable, type EnsembleReport, escapeHtml, REPORT_STYLE } from '@epipole/learn'

/** The page of several seeds: each run, what they are in the mean, and what they take for what together. */
export function seedsHtml(
  title: string,
  classes: readonly string[],
  runs: readonly { readonly seed: number; readonly accuracy: number | null }[],
  report: EnsembleReport | undefined,
): string {
  const percent = (part: number) => `${(100 * part).toFixed(2)} %`
  const rows = runs.map(
    ({ seed, accuracy }) => `<tr><td>seed ${seed}</td><td>${accuracy === null ? 'broke' : percent(accuracy)}</td></tr>`,
  )
  const together = report
    ? [
        `<tr><th>mean ± deviation</th><th>${percent(report.mean)} ± ${percent(report.deviation)}</th></tr>`,
        `<tr><td>disagreement of two</td><td>${percent(report.disagreement)}</td></tr>`,
        `<tr><th>together</th><th>${percent(report.ensemble)}</th></tr>`,
      ]
    : []
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${REPORT_STYLE}</style>
<h1>${escapeHtml(title)}</h1>
<h2>Accuracy on the validation images</h2><table>${[...rows, ...together].join('')}</table>
${report ? confusionTable(classes, report.confusion) : ''}</html>
`
}
