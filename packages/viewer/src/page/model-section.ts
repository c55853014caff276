import { isEpipoleError } from '@epipole/core'
import { formatCount, largestModel } from '@epipole/sfm'
import { createModelView, type ModelView } from '../model-view/model-view.js'
import { h } from './dom.js'
import { photoPanel } from './photo-panel.js'
import { pointPanel } from './point-panel.js'
import { fileName, type PageState } from './state.js'

/** The 3-D view with its tools, and beside it the photos or what is selected. */
export function modelSection(state: PageState): HTMLElement {
  const section = h('section', { id: 'model', class: 'model' })
  if (state.page.models.length === 0) {
    section.append(h('p', { class: 'empty' }, 'There is no model to show. The photos below say why.'))
    section.classList.add('bare')
    return section
  }
  const show = (index: number) => {
    state.choosePhoto(-1)
    // A fresh room each time: the old one's view frees itself when its container leaves the page.
    const stage = h('div', { class: 'stage' })
    const side = h('aside', { class: 'side', 'aria-label': 'Photos of the model' })
    section.replaceChildren(stage, side)
    new Room(state, index, stage, side, modelChoice(state, index, show))
  }
  // Once it has its size.
  requestAnimationFrame(() => show(Math.max(0, largestModel(state.page.report.models))))
  return section
}

function modelChoice(state: PageState, current: number, show: (index: number) => void): HTMLElement | undefined {
  if (state.page.models.length < 2) return undefined
  const select = h(
    'select',
    { 'aria-label': 'Model', onchange: () => show(Number(select.value)) },
    ...state.page.report.models.map((m, i) =>
      h(
        'option',
        { value: i, selected: i === current },
        `Model ${i + 1}: ${m.photos} photos, ${formatCount(m.points)} points`,
      ),
    ),
  )
  return h('label', { class: 'tool' }, select)
}

/** One model's view and panels, wired together. */
class Room {
  readonly #state: PageState
  readonly #index: number
  readonly #side: HTMLElement
  readonly #list: HTMLElement
  readonly #photos: readonly number[]
  readonly #view: ModelView | undefined
  #through = -1

  constructor(state: PageState, index: number, stage: HTMLElement, side: HTMLElement, choice: HTMLElement | undefined) {
    this.#state = state
    this.#index = index
    this.#side = side
    this.#photos = state.modelPhotos(index)
    this.#list = this.#photoList()
    side.append(this.#list)
    this.#view = this.#open(stage)
    if (!this.#view) return
    const view = this.#view
    stage.append(this.#tools(view, choice), this.#foot(), this.#throughBar(view, stage), this.#label(view))
    view.on('select', (image) => state.choosePhoto(image < 0 ? -1 : this.#photos[image]!))
    view.on('point', (point) => this.#showPoint(point))
    state.onTheme(() => view.refreshColors())
    state.onPhoto((photo) => this.#chosen(photo))
  }

  #open(stage: HTMLElement): ModelView | undefined {
    const data = this.#state.model(this.#index)
    try {
      return createModelView(stage, data, {
        orientation: (image) => this.#state.photos[this.#photos[image]!]?.orientation ?? 1,
        picture: (image) => this.#state.thumbnail(this.#photos[image]!),
        label: `Model of ${data.images.length} cameras and ${data.totalPoints} points. Arrow keys orbit, plus and minus zoom, Home resets, Escape deselects.`,
      })
    } catch (error) {
      if (!isEpipoleError(error)) throw error
      stage.append(h('p', { class: 'empty' }, `${error.message} Everything else on this page works without it.`))
      this.#state.onPhoto((photo) => this.#chosen(photo))
      return undefined
    }
  }

  /** The page chose a photo: by the list, a table, or the view itself. */
  #chosen(photo: number): void {
    if (!this.#side.isConnected) return
    const image = photo < 0 ? -1 : this.#photos.indexOf(photo)
    if (this.#view && this.#view.selectedImage !== image) this.#view.select(image)
    for (const button of this.#list.querySelectorAll('button[data-image]')) {
      button.setAttribute('aria-current', String(Number(button.getAttribute('data-image')) === image))
    }
    if (image < 0) this.#side.replaceChildren(this.#list)
    else {
      this.#side.replaceChildren(
        photoPanel(this.#state, this.#index, image, {
          close: () => this.#state.choosePhoto(-1),
          step: (by) => this.#step(image, by),
          ...(this.#view
            ? {
                lookThrough: () => this.#view?.lookThrough(image),
                pickPoint: (point: number) => this.#view?.selectPoint(point),
              }
            : {}),
        }),
      )
    }
  }

  #step(image: number, by: number): void {
    const next = (image + by + this.#photos.length) % this.#photos.length
    this.#state.choosePhoto(this.#photos[next]!)
    if (this.#through >= 0) this.#view?.lookThrough(next)
  }

  #showPoint(point: number): void {
    for (const old of this.#side.querySelectorAll('.point')) old.remove()
    if (point < 0 || !this.#view) return
    const panel = pointPanel(this.#state, this.#index, point, {
      close: () => this.#view?.selectPoint(-1),
      choose: (image) => this.#state.choosePhoto(this.#photos[image]!),
    })
    this.#side.prepend(panel)
    this.#side.scrollTop = 0
  }

  #photoList(): HTMLElement {
    const data = this.#state.model(this.#index)
    const items = data.images.map((image, i) => {
      const url = this.#state.thumbnail(this.#photos[i]!)
      const orientation = this.#state.photos[this.#photos[i]!]?.orientation ?? 1
      return h(
        'li',
        {},
        h(
          'button',
          {
            type: 'button',
            'data-image': i,
            title: image.name,
            onclick: () => this.#state.choosePhoto(this.#photos[i]!),
          },
          h(
            'span',
            { class: 'thumb' },
            url
              ? h('img', { src: url, alt: '', loading: 'lazy', decoding: 'async', class: `turn${orientation}` })
              : undefined,
          ),
          h('span', { class: 'name' }, fileName(image.name)),
          h('small', {}, `${formatCount(image.observations)} points`),
        ),
      )
    })
    const list = h('ul', {}, ...items)
    const filter = h('input', {
      type: 'search',
      placeholder: 'Find a photo',
      'aria-label': 'Find a photo by name',
      oninput: () => {
        const wanted = filter.value.toLowerCase()
        for (const [i, item] of items.entries()) item.hidden = !data.images[i]!.name.toLowerCase().includes(wanted)
      },
    })
    return h('div', { class: 'list' }, items.length > 12 ? filter : undefined, list)
  }

  #tools(view: ModelView, choice: HTMLElement | undefined): HTMLElement {
    const size = h('input', {
      type: 'range',
      min: 1,
      max: 8,
      step: 0.25,
      value: view.pointSize,
      'aria-label': 'Point size',
      oninput: () => view.setPointSize(Number(size.value)),
    })
    const toggle = (text: string, set: (on: boolean) => void) => {
      const box = h('input', { type: 'checkbox', checked: true, onchange: () => set(box.checked) })
      return h('label', { class: 'tool' }, box, text)
    }
    return h(
      'div',
      { class: 'tools' },
      choice,
      h('label', { class: 'tool' }, 'Points', size),
      toggle('Cameras', (on) => view.setCamerasVisible(on)),
      toggle('Pictures', (on) => view.setPicturesVisible(on)),
      h('button', { type: 'button', class: 'tool', onclick: () => view.reset() }, 'Reset view'),
    )
  }

  #foot(): HTMLElement {
    const data = this.#state.model(this.#index)
    const here = data.errors.length
    const shown =
      here < data.totalPoints ? `${formatCount(here)} of ${formatCount(data.totalPoints)} points drawn. ` : ''
    const touch = matchMedia('(pointer: coarse)').matches
    const how = touch
      ? 'One finger turns, two move and zoom.'
      : 'Drag to turn, right-drag to move, click then wheel to zoom. Click a camera or a point.'
    return h('p', { class: 'foot' }, h('span', {}, how), h('span', {}, `${shown}Scale is arbitrary.`))
  }

  #throughBar(view: ModelView, stage: HTMLElement): HTMLElement {
    const opacity = h('input', {
      type: 'range',
      min: 0,
      max: 1,
      step: 0.01,
      value: 0.5,
      'aria-label': 'Opacity of the photo over the points',
      oninput: () => view.setOverlay(Number(opacity.value)),
    })
    const name = h('span', { class: 'name' })
    const bar = h(
      'div',
      { class: 'through', hidden: true },
      name,
      h('label', { class: 'tool' }, 'Points', opacity, 'Photo'),
      h('button', { type: 'button', class: 'tool', onclick: () => view.reset() }, 'Leave'),
    )
    view.on('through', (image) => {
      this.#through = image
      bar.hidden = image < 0
      stage.classList.toggle('looking', image >= 0)
      if (image >= 0) name.textContent = fileName(this.#state.model(this.#index).images[image]!.name)
    })
    return bar
  }

  #label(view: ModelView): HTMLElement {
    const label = h('div', { class: 'label', hidden: true })
    view.on('hover', ({ image, x, y }) => {
      label.hidden = image < 0
      if (image < 0) return
      label.textContent = fileName(this.#state.model(this.#index).images[image]!.name)
      label.style.transform = `translate(${x + 14}px, ${y + 14}px)`
    })
    return label
  }
}
