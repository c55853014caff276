import { formatCount, formatValue, formatVerdict, type PairReport } from '@epipole/sfm'
import { h } from './dom.js'
import { matchMatrix } from './match-matrix.js'
import { verdictNote } from './photo-panel.js'
import { photoName } from './photos-section.js'
import { fileName, type PageState } from './state.js'
import { Table } from './table.js'

/** How each kind of pair is called, and what that means. */
export const KIND_MEANING = {
  calibrated: 'An essential matrix fits: the pair has depth.',
  uncalibrated: 'A fundamental matrix fits: the pair has depth; the intrinsics are unknown or do not agree with it.',
  planar: 'A homography fits and the camera moved: the photos see a plane, or something far away.',
  panoramic: 'A homography fits and the camera only turned: there is no depth in the pair.',
  refused: 'No geometry explains enough matches.',
} as const

/** Matrix and table of all pairs. */
export function pairsSection(state: PageState): HTMLElement {
  const detail = h('div', { class: 'detail', 'aria-live': 'polite' })
  const name = (i: number) => state.photos[i]?.name ?? `photo ${i + 1}`
  const kinds = (Object.keys(KIND_MEANING) as PairReport['kind'][]).filter((k) => state.pairs.some((p) => p.kind === k))
  const table = new Table<PairReport>({
    label: 'Pairs',
    searchLabel: 'Find a photo or a reason',
    rows: state.pairs,
    text: (p) => `${name(p.a)} ${name(p.b)} ${p.verdict ? `${p.verdict.text} ${p.verdict.test}` : ''}`,
    filters: [
      { label: 'All pairs', keep: () => true },
      { label: 'Used', keep: (p) => p.kind !== 'refused' },
      ...kinds.map((kind) => ({ label: `Kind: ${kind}`, keep: (p: PairReport) => p.kind === kind })),
    ],
    columns: [
      { label: 'Photo', key: (p) => name(p.a), cell: (p) => photoName(state, p.a), width: '20%' },
      { label: 'and photo', key: (p) => name(p.b), cell: (p) => photoName(state, p.b), width: '20%' },
      { label: 'Kind', key: (p) => p.kind, cell: (p) => h('span', { class: `tag ${p.kind}` }, p.kind), width: '8rem' },
      { label: 'Matches', key: (p) => p.matches, cell: (p) => formatCount(p.matches), numeric: true, width: '5.5rem' },
      { label: 'Inliers', key: (p) => p.inliers, cell: (p) => formatCount(p.inliers), numeric: true, width: '5rem' },
      {
        label: 'Angle°',
        key: (p) => p.angleDeg ?? -1,
        cell: (p) => (p.angleDeg === undefined ? '–' : p.angleDeg.toFixed(1)),
        numeric: true,
        width: '5rem',
      },
      {
        label: 'Reason',
        key: (p) => p.verdict?.test ?? '',
        cell: (p) =>
          p.verdict ? h('span', { title: `${p.verdict.text} (${formatVerdict(p.verdict)})` }, p.verdict.text) : '',
      },
    ],
    open: (p) => choose(p),
  })
  const choose = (p: PairReport) => {
    table.choose(p)
    detail.replaceChildren(pairDetail(state, p))
  }
  const matrix = matchMatrix(state, choose)
  const first = state.pairs.reduce((best: PairReport | undefined, p) => {
    return p.kind !== 'refused' && (!best || p.inliers > best.inliers) ? p : best
  }, undefined)
  detail.append(first ? pairDetail(state, first) : 'Choose a pair to read more.')
  const used = state.pairs.filter((p) => p.kind !== 'refused').length
  return h(
    'section',
    { id: 'pairs', class: 'card' },
    h('h2', {}, 'Pairs'),
    h(
      'p',
      { class: 'lead' },
      `${formatCount(used)} of ${formatCount(state.page.pairs.total)} pairs share a geometry. The stronger the colour, the more inliers.`,
    ),
    h('div', { class: 'pairs-grid' }, matrix, detail),
    table.element,
  )
}

function pairDetail(state: PageState, p: PairReport): HTMLElement {
  const photo = (i: number) => state.photos[i]
  const share = p.matches === 0 ? 0 : p.inliers / p.matches
  const angle = p.angleDeg === undefined ? '' : `, median angle ${formatValue(p.angleDeg)}°`
  const picture = (i: number) => {
    const url = state.thumbnail(i)
    const label = fileName(photo(i)?.name ?? `photo ${i + 1}`)
    return h(
      'figure',
      {},
      h(
        'span',
        { class: 'thumb' },
        url ? h('img', { src: url, alt: '', class: `turn${photo(i)?.orientation ?? 1}` }) : undefined,
      ),
      h('figcaption', {}, label),
    )
  }
  return h(
    'div',
    { class: 'pair-detail' },
    h('div', { class: 'two' }, picture(p.a), picture(p.b)),
    h(
      'div',
      {},
      h('p', {}, h('span', { class: `tag ${p.kind}` }, p.kind), ` ${KIND_MEANING[p.kind]}`),
      h(
        'p',
        {},
        `${formatCount(p.inliers)} inliers of ${formatCount(p.matches)} matches (${Math.round(100 * share)} %)${angle}.`,
      ),
      p.verdict ? verdictNote(p.verdict) : undefined,
    ),
  )
}
