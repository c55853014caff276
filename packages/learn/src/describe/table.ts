import type { Shape } from '@epipole/graph'
import { alignColumns, ruleOf } from './align.js'
import type { Description, LayerRow } from './describe.js'

const grouped = (n: number): string => `${n}`.replace(/\B(?=(\d{3})+$)/g, ' ')

/** 1536 as `1.5 kB`. */
export function showBytes(n: number): string {
  if (n < 1000) return `${n} B`
  const [value, unit] = n < 1e6 ? [n / 1e3, 'kB'] : n < 1e9 ? [n / 1e6, 'MB'] : [n / 1e9, 'GB']
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`
}

export const showSize = (shape: Shape): string => (shape.length === 0 ? '1' : shape.join(' × '))

export const showField = (field: LayerRow['receptiveField']): string => {
  if (field === undefined) return ''
  if (field === 'image') return 'image'
  const [h, w] = field.size
  return h === w ? `${h}` : `${h} × ${w}`
}

type Column = {
  readonly title: string
  readonly of: (row: LayerRow) => string
  readonly total: string
  readonly left?: boolean
}

/** The description as a table of text; columns without content are left out. */
export function describeTable(description: Description): string {
  const { layers, total } = description
  const count = (title: string, key: 'neurons' | 'weights' | 'biases' | 'multiplications'): Column => ({
    title,
    of: (row) => (row[key] === 0 ? '' : grouped(row[key])),
    total: grouped(total[key]),
  })
  const columns: Column[] = [
    { title: 'layer', of: ({ path }) => path || '(model)', total: 'total', left: true },
    { title: 'kind', of: ({ kind }) => kind, total: '', left: true },
    { title: 'output', of: ({ output }) => showSize(output), total: showSize(description.output), left: true },
    { title: 'size by', of: ({ formula = '' }) => formula, total: '', left: true },
    { title: 'sees', of: ({ receptiveField }) => showField(receptiveField), total: '' },
    count('neurons', 'neurons'),
    count('weights', 'weights'),
    count('biases', 'biases'),
    count('multiplications', 'multiplications'),
    {
      title: 'if separable',
      of: ({ separable }) => (separable === undefined ? '' : `× ${separable.toFixed(3)}`),
      total: '',
    },
    { title: 'activations', of: (row) => showBytes(row.activationBytes), total: showBytes(total.activationBytes) },
  ]
  const used = columns.filter(({ of }) => layers.some((row) => of(row) !== ''))
  const body = layers.map((row) => used.map(({ of }) => of(row)))
  const lines = [used.map(({ title }) => title), ...body, used.map(({ total: t }) => t)]
  const [head, ...aligned] = alignColumns(
    lines,
    used.map(({ left = false }) => left),
  )
  const rule = ruleOf([head, ...aligned])
  return [
    `input ${showSize(description.input)}`,
    '',
    head,
    rule,
    ...aligned.slice(0, -1),
    rule,
    aligned[aligned.length - 1],
    '',
    `${grouped(total.parameters)} parameters, ${showBytes(total.parameterBytes)}`,
  ].join('\n')
}
