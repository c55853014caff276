import { formatCount, formatVerdict, type PhotoReport } from '@epipole/sfm'
import { h } from './dom.js'
import { verdictNote } from './photo-panel.js'
import type { PageState } from './state.js'
import { Table } from './table.js'

const STATUS = { registered: 'in the model', unregistered: 'left out', refused: 'refused' } as const

const FOCAL = {
  'exif-35mm': 'EXIF, 35 mm equivalent',
  'exif-focal-plane': 'EXIF, focal plane resolution',
  default: 'assumed, 1.2 × the longer side',
  given: 'given',
} as const

/** A verdict for every photo. */
export function photosSection(state: PageState): HTMLElement {
  const detail = h('div', { class: 'detail', 'aria-live': 'polite', hidden: true })
  const index = new Map(state.photos.map((p, i) => [p, i]))
  const several = state.page.report.models.length > 1
  const number = (x: number | undefined, digits = 0) =>
    x === undefined ? '–' : digits === 0 ? formatCount(x) : x.toFixed(digits)
  const table = new Table<PhotoReport>({
    label: 'Photos',
    searchLabel: 'Find a photo or a reason',
    rows: state.photos,
    text: (p) => `${p.name} ${p.verdict ? `${p.verdict.text} ${p.verdict.test}` : ''}`,
    filters: [
      { label: 'All photos', keep: () => true },
      { label: 'In a model', keep: (p) => p.status === 'registered' },
      { label: 'Left out or refused', keep: (p) => p.status !== 'registered' },
      { label: 'With a remark', keep: (p) => p.verdict !== undefined },
    ],
    columns: [
      { label: 'Photo', key: (p) => p.name, cell: (p) => photoName(state, index.get(p)!), width: '30%' },
      {
        label: 'Status',
        key: (p) => p.status,
        cell: (p) =>
          h(
            'span',
            { class: `tag ${p.status}` },
            several && p.model !== undefined ? `model ${p.model + 1}` : STATUS[p.status],
          ),
        width: '8.5rem',
      },
      { label: 'Features', key: (p) => p.features, cell: (p) => number(p.features), numeric: true, width: '6rem' },
      {
        label: 'Points',
        key: (p) => p.observations ?? -1,
        cell: (p) => number(p.observations),
        numeric: true,
        width: '5.5rem',
      },
      {
        label: 'Error px',
        key: (p) => p.meanError ?? -1,
        cell: (p) => number(p.meanError, 2),
        numeric: true,
        width: '5.5rem',
      },
      {
        label: 'Reason',
        key: (p) => p.verdict?.test ?? '',
        cell: (p) =>
          p.verdict ? h('span', { title: `${p.verdict.text} (${formatVerdict(p.verdict)})` }, p.verdict.text) : '',
      },
    ],
    open: (p) => {
      table.choose(p)
      detail.hidden = false
      detail.replaceChildren(photoDetail(p))
      if (p.status === 'registered') state.choosePhoto(index.get(p)!)
    },
  })
  state.onPhoto((photo) => table.choose(photo < 0 ? undefined : state.photos[photo]))
  return h(
    'section',
    { id: 'photos', class: 'card' },
    h('h2', {}, 'Photos'),
    h('p', { class: 'lead' }, 'Each photo with what became of it. Choose one to read more and to see it in the model.'),
    table.element,
    detail,
  )
}

function photoDetail(p: PhotoReport): HTMLElement {
  const focal = `focal length ${formatCount(p.focal.px)} px (${FOCAL[p.focal.source]})`
  return h(
    'div',
    {},
    h('strong', {}, p.name),
    h('p', {}, `${p.width} × ${p.height} pixels, camera ${p.cameraId}, ${focal}.`),
    p.verdict ? verdictNote(p.verdict) : undefined,
  )
}

/** Thumbnail and name, for a cell. */
export function photoName(state: PageState, photo: number): HTMLElement {
  const p = state.photos[photo]
  const url = state.thumbnail(photo)
  const name = p?.name ?? `photo ${photo + 1}`
  return h(
    'span',
    { class: 'who', title: name },
    h(
      'span',
      { class: 'thumb' },
      url ? h('img', { src: url, alt: '', decoding: 'async', class: `turn${p?.orientation ?? 1}` }) : undefined,
    ),
    h('span', { class: 'name' }, name),
  )
}
