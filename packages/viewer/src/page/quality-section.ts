import { formatCount, formatVerdict, largestModel } from '@epipole/sfm'
import { h } from './dom.js'
import { histogramChart } from './histogram-chart.js'
import type { PageState } from './state.js'

/** Histograms, flags and cameras of each model. */
export function qualitySection(state: PageState): HTMLElement {
  const { models } = state.page.report
  const section = h('section', { id: 'quality', class: 'card' }, h('h2', {}, 'Quality'))
  if (models.length === 0) section.append(h('p', { class: 'lead' }, 'No model, so nothing to measure.'))
  const main = largestModel(models)
  for (const [i, model] of models.entries()) {
    const { trackLength, error } = state.page.histograms[i]!
    const cells = [
      h(
        'div',
        { class: 'charts' },
        histogramChart(trackLength, {
          title: 'Track length',
          xLabel: 'photos that see the point',
          format: (v) => String(v),
          discrete: true,
        }),
        histogramChart(error, {
          title: 'Reprojection error',
          xLabel: 'mean over the point’s photos, px',
          format: (v) => v.toFixed(error.edges[1]! < 0.1 ? 2 : 1),
        }),
      ),
      model.flags.length > 0
        ? h(
            'ul',
            { class: 'flags' },
            ...model.flags.map((f) =>
              h('li', {}, h('strong', {}, 'Flag: '), f.text, ' ', h('small', {}, formatVerdict(f))),
            ),
          )
        : undefined,
      cameras(model.cameras),
    ]
    if (models.length === 1) section.append(...cells.filter((c) => c !== undefined))
    else {
      section.append(
        h(
          'details',
          { open: i === main, class: 'model-quality' },
          h('summary', {}, `Model ${i + 1}: ${formatCount(model.photos)} photos, ${formatCount(model.points)} points`),
          ...cells,
        ),
      )
    }
  }
  return section
}

type Cameras = PageState['page']['report']['models'][number]['cameras']

function cameras(list: Cameras): HTMLElement {
  return h(
    'div',
    { class: 'cameras' },
    h('h3', {}, list.length === 1 ? 'Camera' : `Cameras (${list.length})`),
    h(
      'div',
      { class: 'scroll' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ...['Id', 'Photos', 'Size', 'Model', 'Parameters', 'Notes'].map((t) => h('th', { scope: 'col' }, t)),
          ),
        ),
        h(
          'tbody',
          {},
          ...list.map((c) =>
            h(
              'tr',
              {},
              h('td', { class: 'n' }, String(c.id)),
              h('td', { class: 'n' }, formatCount(c.photos)),
              h('td', {}, `${c.width} × ${c.height}`),
              h('td', {}, h('code', {}, c.model)),
              h('td', { class: 'params' }, ...parameters(c)),
              h('td', { class: 'notes' }, ...c.notes.map((n) => h('span', {}, n))),
            ),
          ),
        ),
      ),
    ),
  )
}

/** Names of the parameters in COLMAP's order. */
const PARAMETERS: Readonly<Record<string, string>> = {
  SIMPLE_PINHOLE: 'f cx cy',
  PINHOLE: 'fx fy cx cy',
  SIMPLE_RADIAL: 'f cx cy k',
  RADIAL: 'f cx cy k1 k2',
  OPENCV: 'fx fy cx cy k1 k2 p1 p2',
  OPENCV_FISHEYE: 'fx fy cx cy k1 k2 k3 k4',
  FULL_OPENCV: 'fx fy cx cy k1 k2 p1 p2 k3 k4 k5 k6',
  FOV: 'fx fy cx cy ω',
  SIMPLE_RADIAL_FISHEYE: 'f cx cy k',
  RADIAL_FISHEYE: 'f cx cy k1 k2',
  THIN_PRISM_FISHEYE: 'fx fy cx cy k1 k2 p1 p2 k3 k4 sx1 sy1',
}

function parameters(camera: Cameras[number]): HTMLElement[] {
  const names = (PARAMETERS[camera.model] ?? '').split(' ')
  return camera.params.map((value, i) => {
    const name = names[i] ?? `p${i}`
    const length = /^(f|fx|fy|cx|cy)$/.test(name)
    return h('span', {}, h('i', {}, name), ` ${length ? value.toFixed(2) : value.toPrecision(4)}`)
  })
}
