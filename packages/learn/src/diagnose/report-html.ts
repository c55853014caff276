import type { StepStatistics } from '../train/statistics.js'
import { describeFinding, type Finding } from './findings.js'
import { escapeHtml, type Line, lineChart, thin } from './line-chart.js'

/** What the page of a training shows; everything but the title may be missing. */
export interface DiagnosisPage {
  readonly title: string
  readonly losses?: ArrayLike<number>
  /** Score by step. */
  readonly validations?: readonly { readonly step: number; readonly score: number }[]
  /** Statistics by step. */
  readonly statistics?: readonly (StepStatistics & { readonly step: number })[]
  readonly findings?: readonly (Finding & { readonly step: number })[]
  readonly confusion?: { readonly classes: readonly string[]; readonly counts: ArrayLike<number> }
}

/** How pages of training look. */
export const REPORT_STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
section{display:grid;grid-template-columns:repeat(auto-fill,minmax(480px,1fr));gap:1em}figure{margin:0}figcaption{font-weight:600}
svg{width:100%}svg text{font-size:11px;fill:#666}.grid{stroke:#ddd}.legend{font-size:12px}table{border-collapse:collapse;font-size:13px}
td,th{padding:3px 8px;text-align:right}th:first-child,td:first-child{text-align:left}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}.grid{stroke:#333}svg text{fill:#aaa}}`

/** A page of its own, without scripts or anything from outside: losses, scores, layers, parameters, findings, confusion. */
export function diagnosisHtml(page: DiagnosisPage): string {
  const { title, losses, validations = [], statistics = [], findings = [], confusion } = page
  const layers = (pick: (l: StepStatistics['layers'][number]) => number) =>
    series(statistics, (s) => s.layers.map((l) => [l.name || l.kind, pick(l)]))
  const weights = (pick: (p: StepStatistics['parameters'][number]) => number) =>
    series(statistics, (s) => s.parameters.filter((p) => /weight$/.test(p.name)).map((p) => [p.name, pick(p)]))
  const charts = [
    losses && lineChart('Loss by step', [{ name: 'training', points: thin(losses) }]),
    validations.length > 0 &&
      lineChart('Validation score by step', [
        { name: 'validation', points: validations.map((v) => [v.step, v.score]) },
      ]),
    statistics.length > 0 &&
      lineChart(
        "Deviation of each layer's output",
        layers((l) => l.deviation),
        { logY: true },
      ),
    statistics.length > 0 &&
      lineChart(
        'Dead units, part of each layer',
        layers((l) => l.dead / l.units),
      ),
    statistics.length > 0 &&
      lineChart(
        'Gradient of each weight (root mean square)',
        weights((p) => p.gradient),
        { logY: true },
      ),
    statistics.length > 0 &&
      lineChart(
        'Change / value of each weight in a step',
        weights((p) => p.change / p.value),
        { logY: true },
      ),
  ]
  const said = findings.map((f) => `<li>step ${f.step}: ${escapeHtml(describeFinding(f))}</li>`)
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${REPORT_STYLE}</style>
<h1>${escapeHtml(title)}</h1>
<h2>Findings</h2>${said.length > 0 ? `<ul>${said.join('')}</ul>` : '<p>Nothing stands out.</p>'}
<section>${charts.filter(Boolean).join('\n')}</section>
${confusion ? confusionTable(confusion.classes, confusion.counts) : ''}</html>
`
}

/** One line a name, over the steps that have statistics. */
function series<S extends { readonly step: number }>(
  list: readonly S[],
  pick: (s: S) => (readonly [string, number])[],
): Line[] {
  const lines = new Map<string, [number, number][]>()
  for (const s of list)
    for (const [name, value] of pick(s)) {
      const points = lines.get(name) ?? []
      points.push([s.step, value])
      lines.set(name, points)
    }
  return [...lines].map(([name, points]) => ({ name, points }))
}

/** What was taken for what, row by true class, as HTML. */
export function confusionTable(classes: readonly string[], counts: ArrayLike<number>): string {
  const n = classes.length
  const rows = classes.map((name, truth) => {
    const row = Array.from({ length: n }, (_, said) => counts[truth * n + said] as number)
    const total = Math.max(
      1,
      row.reduce((a, b) => a + b, 0),
    )
    const cells = row.map((c, said) => {
      const colour = said === truth ? '43,138,62' : '217,72,15'
      return `<td style="background:rgba(${colour},${((0.8 * c) / total).toFixed(2)})">${c}</td>`
    })
    return `<tr><th>${escapeHtml(name)}</th>${cells.join('')}</tr>`
  })
  const head = classes.map((name) => `<th>${escapeHtml(name)}</th>`).join('')
  return `<h2>Confusion</h2><p>Rows: what it is. Columns: what it was taken for.</p><table><tr><th></th>${head}</tr>${rows.join('')}</table>`
}
