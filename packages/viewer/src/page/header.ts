import { formatCount, formatSeconds, largestModel, photoCounts, qualityChecks } from '@epipole/sfm'
import { h, svg } from './dom.js'
import type { PageState } from './state.js'

const WORDS = { good: 'Good', usable: 'Usable', weak: 'Weak', none: 'No model' } as const

/** Name, verdict and key figures. */
export function header(state: PageState): HTMLElement {
  const { report, title } = state.page
  const { word, reason } = report.verdict
  return h(
    'header',
    { class: 'top' },
    h('div', { class: 'bar' }, mark(), h('span', { class: 'brand' }, 'epipole'), nav(), themeButton(state)),
    h(
      'div',
      { class: 'verdict' },
      h('div', {}, h('p', { class: 'eyebrow' }, 'Reconstruction report'), h('h1', {}, title)),
      h(
        'p',
        { class: `judgement ${word}` },
        h('strong', { class: 'word' }, symbol(word), WORDS[word]),
        h('span', { class: 'reason' }, reason),
      ),
    ),
    figures(state),
    checks(state),
  )
}

function mark(): SVGElement {
  // Two image planes and the line between their centres: where it pierces a plane is the epipole.
  return svg(
    'svg',
    { class: 'mark', viewBox: '0 0 32 24', 'aria-hidden': 'true' },
    svg('path', { d: 'M3 5 11 3v15L3 21zM29 5 21 3v15l8 3z', class: 'plane' }),
    svg('path', { d: 'M1 12h30', class: 'base' }),
    svg('circle', { cx: 7, cy: 12, r: 2.1, class: 'dot' }),
    svg('circle', { cx: 25, cy: 12, r: 2.1, class: 'dot' }),
  )
}

function nav(): HTMLElement {
  const link = (id: string, text: string) => h('a', { href: `#${id}` }, text)
  return h(
    'nav',
    { 'aria-label': 'Sections' },
    link('model', 'Model'),
    link('photos', 'Photos'),
    link('pairs', 'Pairs'),
    link('quality', 'Quality'),
    link('run', 'Run'),
  )
}

/** A shape beside the colour, for those who see no difference between colours. */
function symbol(word: keyof typeof WORDS): SVGElement {
  const shapes = {
    good: 'M3.5 8.5l3 3 6-7',
    usable: 'M3 9c2-3 3.500-3 5-1.200s3 1.800 5-1.200',
    weak: 'M8 3v6.500M8 12.600v.100',
    none: 'M4 4l8 8M12 4l-8 8',
  }
  return svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { d: shapes[word] }))
}

function figures(state: PageState): HTMLElement {
  const { report } = state.page
  const counts = photoCounts(state.photos)
  const model = report.models[largestModel(report.models)]
  const seconds = report.stages.reduce((sum, s) => sum + s.seconds, 0)
  const reused = report.stages.some((s) => s.reused > 0)
  const figure = (value: string, unit: string, label: string, note: string) =>
    h(
      'div',
      { class: 'figure' },
      h('dt', {}, label),
      h('dd', {}, h('b', {}, value), unit && h('span', { class: 'unit' }, unit), h('small', {}, note)),
    )
  const missing = state.page.photoCount - counts.registered
  return h(
    'dl',
    { class: 'figures' },
    figure(
      formatCount(model?.photos ?? 0),
      `/ ${formatCount(state.page.photoCount)}`,
      'photos in the model',
      report.models.length > 1
        ? `${report.models.length} models in all`
        : missing === 0
          ? 'every photo found its place'
          : `${formatCount(missing)} left out`,
    ),
    figure(
      formatCount(model?.points ?? 0),
      '',
      'points',
      model ? `${formatCount(model.pointsThreeViews)} seen by three photos or more` : '–',
    ),
    figure(model ? model.meanError.toFixed(2) : '–', model ? 'px' : '', 'mean reprojection error', 'point to pixel'),
    figure(
      model ? model.meanTrackLength.toFixed(1) : '–',
      model ? 'photos' : '',
      'mean track length',
      'photos that see a point',
    ),
    figure(...splitUnit(formatSeconds(seconds)), 'time', reused ? 'some work was reused' : 'all stages together'),
  )
}

function splitUnit(text: string): [string, string] {
  const at = text.lastIndexOf(' ')
  return text.indexOf(' ') === at ? [text.slice(0, at), text.slice(at + 1)] : [text, '']
}

function checks(state: PageState): HTMLElement | undefined {
  const list = qualityChecks({ photos: state.photos, models: state.page.report.models })
  if (list.length === 0) return undefined
  const value = (v: number, unit: string) =>
    unit === 'ratio'
      ? `${Math.floor(100 * v)} %`
      : unit === 'px'
        ? `${v.toFixed(2)} px`
        : v.toFixed(unit === 'photos' ? 1 : 0)
  return h(
    'details',
    { class: 'checks' },
    h('summary', {}, 'How the verdict was reached'),
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
            ...['Check', 'Value', 'Good from', 'Usable from', 'Result'].map((t) => h('th', { scope: 'col' }, t)),
          ),
        ),
        h(
          'tbody',
          {},
          ...list.map((c) =>
            h(
              'tr',
              {},
              h('td', {}, c.text),
              h('td', { class: 'n' }, value(c.value, c.unit)),
              h('td', { class: 'n' }, `${c.atMost ? '≤' : '≥'} ${value(c.good, c.unit)}`),
              h(
                'td',
                { class: 'n' },
                c.test === 'flags' ? 'any' : `${c.atMost ? '≤' : '≥'} ${value(c.usable, c.unit)}`,
              ),
              h('td', {}, h('span', { class: `tag ${c.word}` }, c.word)),
            ),
          ),
        ),
      ),
    ),
    h('p', { class: 'note' }, 'The word is that of the worst check.'),
  )
}

function themeButton(state: PageState): HTMLElement {
  const root = document.documentElement
  const dark = () =>
    (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark'
  const button = h('button', {
    class: 'theme',
    type: 'button',
    onclick: () => {
      root.dataset.theme = dark() ? 'light' : 'dark'
      label()
      state.themeChanged()
    },
  })
  const label = () => {
    button.textContent = dark() ? 'Light' : 'Dark'
    button.setAttribute('aria-label', `Switch to ${dark() ? 'light' : 'dark'} colours`)
  }
  label()
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    label()
    state.themeChanged()
  })
  return button
}
