import { htmlTable, type Line, lineChart, reportPage } from '@epipole/learn'

/** What a run of a sweep shows. */
interface ShownRun {
  readonly settings: Readonly<Record<string, string | number>>
  /** Best validation accuracy; null where training broke. */
  readonly score: number | null
  readonly loss: number | null
  readonly steps: number
  readonly seconds: number
}

/** Settings that are tried at powers of something. */
const LOGARITHMIC: readonly string[] = ['rate', 'decay', 'batchSize', 'steps']

/** A table of all runs, and the score against each setting that is a number. */
export function sweepHtml(
  title: string,
  grid: Readonly<Record<string, readonly (string | number)[]>>,
  runs: readonly ShownRun[],
): string {
  const names = Object.keys(grid)
  const numeric = names.filter((name) => {
    // Seeds are no scale: other charts show the mean over them.
    if (name === 'seed') return false
    const values = grid[name] ?? []
    return values.length > 1 && values.every((v) => typeof v === 'number')
  })
  const rows = runs.map(({ settings, score, loss, steps, seconds }) => [
    ...names.map((name) => String(settings[name])),
    score === null ? 'broke' : `${(100 * score).toFixed(2)} %`,
    loss?.toFixed(4) ?? '',
    `${steps}`,
    seconds.toFixed(0),
  ])
  return reportPage(title, [
    htmlTable([...names, 'best accuracy', 'last loss', 'steps', 'seconds'], rows),
    `<section>${numeric.map((name) => chart(name, runs)).join('\n')}</section>`,
  ])
}

/** The score by one setting, the mean over seeds, a line for each combination of the others. */
function chart(name: string, runs: readonly ShownRun[]): string {
  const lines = new Map<string, Map<number, number[]>>()
  for (const { settings, score } of runs) {
    if (score === null) continue
    const others = Object.entries(settings).filter(([other]) => other !== name && other !== 'seed')
    const line = others.map(([other, value]) => `${other} ${value}`).join(', ')
    const points = lines.get(line) ?? new Map<number, number[]>()
    const x = settings[name] as number
    lines.set(line, points.set(x, [...(points.get(x) ?? []), score]))
  }
  const mean = (scores: readonly number[]) => scores.reduce((a, b) => a + b) / scores.length
  const list: Line[] = [...lines].map(([line, points]) => ({
    name: line || 'accuracy',
    points: [...points].map(([x, scores]) => [x, mean(scores)] as const).sort(([a], [b]) => a - b),
  }))
  const title = `Best validation accuracy by ${name}${runs.some(({ settings }) => 'seed' in settings) ? ', mean over seeds' : ''}`
  const positive = list.every(({ points }) => points.every(([x]) => x > 0))
  return lineChart(title, list, { logX: positive && LOGARITHMIC.includes(name) })
}
