import { formatCount, formatSeconds } from '@epipole/sfm'
import { h } from './dom.js'
import type { PageState } from './state.js'

/** Time by stage, options, what was left out of this page. */
export function runSection(state: PageState): HTMLElement {
  const { report, omitted } = state.page
  const longest = Math.max(1e-9, ...report.stages.map((s) => s.seconds))
  const stages = report.stages.map((s) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, s.name),
      h(
        'td',
        { class: 'bar-cell' },
        h('span', { class: 'time-bar', style: `width: ${((100 * s.seconds) / longest).toFixed(2)}%` }),
      ),
      // The time of the run that did the work is not known here, and "0 s" would be none.
      h('td', { class: 'n' }, s.items > 0 && s.reused >= s.items ? 'reused' : formatSeconds(s.seconds)),
      h(
        'td',
        { class: 'n' },
        formatCount(s.items),
        s.reused > 0 && s.reused < s.items ? h('small', {}, ` ${formatCount(s.reused)} reused`) : undefined,
      ),
    ),
  )
  const options = Object.entries(report.options)
    .filter(([name]) => name !== 'seed')
    .map(([name, value]) =>
      h('div', {}, h('dt', {}, name), h('dd', {}, typeof value === 'string' ? value : JSON.stringify(value))),
    )
  return h(
    'section',
    { id: 'run', class: 'card' },
    h('h2', {}, 'Run'),
    h(
      'div',
      { class: 'run-grid' },
      h(
        'div',
        { class: 'scroll' },
        h(
          'table',
          { class: 'stages' },
          h('thead', {}, h('tr', {}, ...['Stage', '', 'Time', 'Items'].map((t) => h('th', { scope: 'col' }, t)))),
          h('tbody', {}, ...stages),
        ),
      ),
      h(
        'dl',
        { class: 'options' },
        h('div', {}, h('dt', {}, 'epipole'), h('dd', {}, report.epipole)),
        h('div', {}, h('dt', {}, 'seed'), h('dd', {}, String(report.seed))),
        ...options,
      ),
    ),
    ...omitted.map((text) => h('p', { class: 'note' }, text)),
    h(
      'p',
      { class: 'note' },
      'World units are arbitrary: photos alone cannot tell metres. Pixels count from the corner of the stored photo, the centre of the first is (0.5, 0.5).',
    ),
  )
}
