import { formatCount, formatVerdict, type Verdict } from '@epipole/sfm'
import { indexTracks, type Observation, observationsOf } from '../model-view/tracks.js'
import { cssColor, h } from './dom.js'
import { loadPicture, observationPixel, shownSize, shownTransform } from './photo-canvas.js'
import { fileName, type PageState } from './state.js'

export interface PhotoPanelActions {
  close(): void
  step(by: number): void
  /** Absent where there is no 3-D view. */
  lookThrough?(): void
  pickPoint?(point: number): void
}

/** One registered photo, large, with the keypoints that have points, and its numbers. */
export function photoPanel(state: PageState, model: number, image: number, actions: PhotoPanelActions): HTMLElement {
  const data = state.model(model)
  const { name, width, height } = data.images[image]!
  const photo = state.modelPhotos(model)[image]!
  const report = state.photos[photo]
  const orientation = report?.orientation ?? 1
  const observations = observationsOf(indexTracks(data), image)
  const [w, hgt] = shownSize(orientation, width, height)
  const hint = h('p', { class: 'hint', 'aria-live': 'polite' })
  const canvas = h('canvas', {
    class: 'picture',
    role: 'img',
    style: `aspect-ratio: ${w} / ${hgt}`,
    'aria-label': `${name} with ${observations.length} keypoints that have points`,
  })
  const drawing = new PhotoDrawing(canvas, observations, (o) => observationPixel(data, o), orientation, width, height)
  void loadPicture(state.thumbnail(photo)).then((picture) => drawing.show(picture))
  state.onTheme(() => drawing.draw())
  const describe = (o: Observation | undefined) => {
    hint.textContent = o
      ? `Point seen by ${data.trackStart[o.point + 1]! - data.trackStart[o.point]!} photos, mean error ${data.errors[o.point]!.toFixed(2)} px`
      : 'Each dot is a keypoint with a point. Click one to see who else sees it.'
  }
  describe(undefined)
  canvas.addEventListener('pointermove', (e) => describe(drawing.hover(e)))
  canvas.addEventListener('pointerleave', () => describe(drawing.hover(undefined)))
  canvas.addEventListener('click', (e) => {
    const o = drawing.hover(e)
    if (o) actions.pickPoint?.(o.point)
  })
  const button = (text: string, label: string, act: () => void) =>
    h('button', { type: 'button', 'aria-label': label, onclick: act }, text)
  const facts: [string, string][] = [
    ['points', formatCount(data.images[image]!.observations)],
    ...(report ? ([['features', formatCount(report.features)]] as [string, string][]) : []),
    ...(report?.meanError === undefined
      ? []
      : ([['mean error', `${report.meanError.toFixed(2)} px`]] as [string, string][])),
    ['size', `${width} × ${height}`],
    ['camera', String(data.images[image]!.cameraId)],
  ]
  return h(
    'div',
    { class: 'photo' },
    h(
      'div',
      { class: 'panel-head' },
      h('h2', { title: name }, fileName(name)),
      button('‹', 'Previous photo', () => actions.step(-1)),
      button('›', 'Next photo', () => actions.step(1)),
      button('×', 'Close', () => actions.close()),
    ),
    canvas,
    hint,
    h('dl', { class: 'facts' }, ...facts.map(([k, v]) => h('div', {}, h('dt', {}, k), h('dd', {}, v)))),
    report?.verdict ? verdictNote(report.verdict) : undefined,
    actions.lookThrough
      ? h(
          'button',
          { type: 'button', class: 'primary', onclick: () => actions.lookThrough?.() },
          'Look through this camera',
        )
      : undefined,
  )
}

export function verdictNote(v: Verdict): HTMLElement {
  return h('p', { class: 'reason-note' }, v.text, ' ', h('small', {}, formatVerdict(v)))
}

/** Draws a photo as shown, with dots; finds the dot under the pointer. */
class PhotoDrawing {
  readonly #canvas: HTMLCanvasElement
  readonly #observations: readonly Observation[]
  readonly #pixel: (o: Observation) => [number, number]
  readonly #orientation: number
  readonly #width: number
  readonly #height: number
  #picture: HTMLImageElement | undefined
  #hovered: Observation | undefined

  constructor(
    canvas: HTMLCanvasElement,
    observations: readonly Observation[],
    pixel: (o: Observation) => [number, number],
    orientation: number,
    width: number,
    height: number,
  ) {
    this.#canvas = canvas
    this.#observations = observations
    this.#pixel = pixel
    this.#orientation = orientation
    this.#width = width
    this.#height = height
    new ResizeObserver(() => this.draw()).observe(canvas)
  }

  show(picture: HTMLImageElement | undefined): void {
    this.#picture = picture
    this.draw()
    this.#canvas.dataset.ready = picture ? 'picture' : 'frame'
  }

  draw(): void {
    const context = this.#canvas.getContext('2d')
    const box = this.#canvas.clientWidth
    if (!context || box === 0) return
    const ratio = Math.min(2, devicePixelRatio || 1)
    const [w, hgt] = shownSize(this.#orientation, this.#width, this.#height)
    this.#canvas.width = Math.round(box * ratio)
    this.#canvas.height = Math.round((box * ratio * hgt) / w)
    const scale = this.#canvas.width / w
    const [a, b, c, d, e, f] = shownTransform(this.#orientation, this.#width, this.#height)
    context.fillStyle = cssColor(this.#canvas, '--sunken')
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height)
    context.setTransform(a * scale, b * scale, c * scale, d * scale, e * scale, f * scale)
    if (this.#picture) context.drawImage(this.#picture, 0, 0, this.#width, this.#height)
    const dot = (o: Observation, radius: number, color: string) => {
      const [x, y] = this.#pixel(o)
      context.beginPath()
      context.arc(x, y, radius / scale, 0, 2 * Math.PI)
      context.fillStyle = color
      context.fill()
      context.lineWidth = (0.8 * ratio) / scale
      context.strokeStyle = 'rgba(0,0,0,.55)'
      context.stroke()
    }
    const radius = (this.#observations.length > 1500 ? 1.1 : this.#observations.length > 400 ? 1.6 : 2.2) * ratio
    for (const o of this.#observations) dot(o, radius, cssColor(this.#canvas, '--dot'))
    if (this.#hovered) dot(this.#hovered, 5 * ratio, cssColor(this.#canvas, '--view-accent'))
  }

  /** The observation within ten pixels of the pointer, drawn larger. */
  hover(at: MouseEvent | undefined): Observation | undefined {
    const before = this.#hovered
    this.#hovered = at ? this.#nearest(at) : undefined
    if (this.#hovered !== before) this.draw()
    this.#canvas.style.cursor = this.#hovered ? 'pointer' : ''
    return this.#hovered
  }

  #nearest(at: MouseEvent): Observation | undefined {
    const box = this.#canvas.getBoundingClientRect()
    const [w] = shownSize(this.#orientation, this.#width, this.#height)
    const scale = box.width / w
    const [a, b, c, d, e, f] = shownTransform(this.#orientation, this.#width, this.#height)
    let best = 100
    let found: Observation | undefined
    for (const o of this.#observations) {
      const [x, y] = this.#pixel(o)
      const dx = (a * x + c * y + e) * scale - (at.clientX - box.left)
      const dy = (b * x + d * y + f) * scale - (at.clientY - box.top)
      if (dx * dx + dy * dy < best) {
        best = dx * dx + dy * dy
        found = o
      }
    }
    return found
  }
}
