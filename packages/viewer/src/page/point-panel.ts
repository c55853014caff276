import { trackOf } from '../model-view/tracks.js'
import { h } from './dom.js'
import { loadPicture, observationPixel } from './photo-canvas.js'
import { fileName, type PageState } from './state.js'

/** Crops shown for one point at most. */
const MAX_CROPS = 24

export interface PointPanelActions {
  close(): void
  /** Chooses the photo of a crop. */
  choose(image: number): void
}

/** One point: its numbers, and what each photo that sees it shows there. */
export function pointPanel(state: PageState, model: number, point: number, actions: PointPanelActions): HTMLElement {
  const data = state.model(model)
  const track = trackOf(data, point)
  const photos = state.modelPhotos(model)
  const [r, g, b] = data.colors.subarray(3 * point, 3 * point + 3)
  const crops = track.slice(0, MAX_CROPS).map((o) => {
    const canvas = h('canvas', {
      width: 128,
      height: 128,
      role: 'img',
      'aria-label': `Where ${data.images[o.image]!.name} sees it`,
    })
    const { width, height, name } = data.images[o.image]!
    const [x, y] = observationPixel(data, o)
    void loadPicture(state.thumbnail(photos[o.image]!)).then((picture) =>
      drawCrop(canvas, picture, x / width, y / height),
    )
    return h(
      'button',
      { type: 'button', title: name, onclick: () => actions.choose(o.image) },
      canvas,
      h('small', {}, fileName(name)),
    )
  })
  return h(
    'div',
    { class: 'point' },
    h(
      'div',
      { class: 'panel-head' },
      h('span', { class: 'swatch', style: `background: rgb(${r}, ${g}, ${b})` }),
      h('h2', {}, 'Point'),
      h('button', { type: 'button', 'aria-label': 'Close', onclick: () => actions.close() }, '×'),
    ),
    h(
      'p',
      { class: 'hint' },
      `Seen by ${track.length} photos, mean reprojection error ${data.errors[point]!.toFixed(2)} px.`,
      track.length > MAX_CROPS ? ` The first ${MAX_CROPS}:` : '',
    ),
    h('div', { class: 'crops' }, ...crops),
  )
}

/** A sixth of the photo around a place, with a ring on it. */
function drawCrop(canvas: HTMLCanvasElement, picture: HTMLImageElement | undefined, x: number, y: number): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const { width, height } = canvas
  if (picture) {
    const side = Math.max(picture.naturalWidth, picture.naturalHeight) / 6
    context.drawImage(
      picture,
      x * picture.naturalWidth - side / 2,
      y * picture.naturalHeight - side / 2,
      side,
      side,
      0,
      0,
      width,
      height,
    )
  }
  for (const [color, line] of [
    ['rgba(0,0,0,.6)', 4],
    ['#fff', 1.8],
  ] as const) {
    context.beginPath()
    context.arc(width / 2, height / 2, 9, 0, 2 * Math.PI)
    context.lineWidth = line
    context.strokeStyle = color
    context.stroke()
  }
}
