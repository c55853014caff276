import { escapeHtml } from '../escape-html.js'
import type { StepStatistics } from '../train/statistics.js'
import { confusionTable } from './confusion-table.js'
import { describeFinding, type Finding } from './findings.js'
import { type Line, lineChart, thin } from './line-chart.js'
import { reportPage } from './page.js'
import { statisticsHtml } from './statistics-table.js'
import { weightsInOrder } from './weights.js'

/** What the page of a training shows; everything but the title may be missing. */
export interface DiagnosisPage {
  readonly title: string
  readonly losses?: ArrayLike<number>
  /** Score by step. */
  readonly validations?: readonly { readonly step: number; readonly score: number }[]
  /** Statistics by step. */
  readonly statistics?: readonly (StepStatistics & { readonly step: number })[]
  /** The step that is shown in full; default the last of `statistics`. */
  readonly look?: StepStatistics
  readonly findings?: readonly (Finding & { readonly step: number })[]
  readonly confusion?: { readonly classes: readonly string[]; readonly counts: ArrayLike<number> }
}

/** A page of its own, without scripts or anything from outside: findings, losses, scores, layers, parameters, confusion. */
export function diagnosisHtml({
  title,
  losses = [],
  validations = [],
  statistics = [],
  look = statistics.at(-1),
  findings = [],
  confusion,
}: DiagnosisPage): string {
  const said = findings.map((f) => `<li>step ${f.step}: ${escapeHtml(describeFinding(f))}</li>`)
  return reportPage(title, [
    `<h2>Findings</h2>${said.length > 0 ? `<ul>${said.join('')}</ul>` : '<p>Nothing stands out.</p>'}`,
    `<section>${charts(losses, validations, statistics).join('\n')}</section>`,
    look ? statisticsHtml(look) : '',
    confusion ? confusionTable(confusion.classes, confusion.counts) : '',
  ])
}

function charts(
  losses: ArrayLike<number>,
  validations: NonNullable<DiagnosisPage['validations']>,
  statistics: NonNullable<DiagnosisPage['statistics']>,
): string[] {
  const scores = validations.map((v) => [v.step, v.score] as const)
  const layers = (pick: (l: StepStatistics['layers'][number]) => number) =>
    series(statistics, (s) => s.layers.map((l) => [l.name || l.kind, pick(l)]))
  const weights = (pick: (p: StepStatistics['parameters'][number]) => number) =>
    series(statistics, (s) => weightsInOrder(s).map((p) => [p.name, pick(p)]))
  return [
    ...(losses.length > 0 ? [lineChart('Loss by step', [{ name: 'training', points: thin(losses) }])] : []),
    ...(scores.length > 0 ? [lineChart('Validation score by step', [{ name: 'validation', points: scores }])] : []),
    ...(statistics.length > 0
      ? [
          lineChart(
            "Deviation of each layer's output",
            layers((l) => l.deviation),
            { logY: true },
          ),
          lineChart(
            'Dead units, part of each layer',
            layers((l) => l.dead / l.units),
          ),
          lineChart(
            'Gradient of each weight (root mean square)',
            weights((p) => p.gradient),
            { logY: true },
          ),
          lineChart(
            'Change / size of each weight in a step',
            weights((p) => p.change / p.value),
            { logY: true },
          ),
        ]
      : []),
  ]
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
