import { alignColumns } from '../describe/align.js'
import type { StepStatistics } from '../train/statistics.js'
import { htmlTable } from './page.js'

interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly words: readonly number[]
}

const short = (v: number): string => (v === 0 ? '0' : v.toPrecision(3))

function layerTable({ layers }: StepStatistics): Table {
  return {
    head: ['layer', 'kind', 'mean', 'deviation', 'dead units'],
    rows: layers.map(({ name, kind, mean, deviation, dead, units }) => [
      name || '(model)',
      kind,
      short(mean),
      short(deviation),
      `${dead} of ${units}`,
    ]),
    words: [0, 1],
  }
}

function parameterTable({ parameters }: StepStatistics): Table {
  return {
    head: ['parameter', 'size', 'gradient', 'change', 'change / size'],
    rows: parameters.map(({ name, value, gradient, change }) => [
      name,
      short(value),
      short(gradient),
      short(change),
      value > 0 ? short(change / value) : '',
    ]),
    words: [0],
  }
}

/** A step's layers, and its parameters with their gradients and changes (root mean squares), as text. */
export function statisticsTable(statistics: StepStatistics): string {
  return [layerTable(statistics), parameterTable(statistics)]
    .map(({ head, rows, words }) =>
      alignColumns(
        [head, ...rows],
        head.map((_, i) => words.includes(i)),
      ).join('\n'),
    )
    .join('\n\n')
}

/** The same as HTML. */
export function statisticsHtml(statistics: StepStatistics): string {
  const [layers, parameters] = [layerTable(statistics), parameterTable(statistics)]
  return `<h2>Layers</h2><p>What they put out: mean and standard deviation over all, and units that are 0 for all images looked at.</p>
${htmlTable(layers.head, layers.rows, layers.words)}
<h2>Parameters</h2><p>Root mean squares of the numbers, their gradient, and what a step changes.</p>
${htmlTable(parameters.head, parameters.rows, parameters.words)}`
}
