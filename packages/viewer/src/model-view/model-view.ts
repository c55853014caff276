import type { ModelData } from '@epipole/sfm'
import {
  BufferGeometry,
  Color,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  Matrix4,
  PerspectiveCamera,
  Quaternion,
  Raycaster,
  Scene,
  Vector2,
  Vector3,
  type WebGLRenderer,
} from 'three'
import { OrbitControls } from 'three/addons/controls/OrbitControls.js'
import { arrange, FREE_FOV, firstPosition, photoStance } from './arrangement.js'
import { cameraCentre, displayMatrix } from './coordinates.js'
import { Flight, flightTime, type Stance } from './flight.js'
import { Frusta } from './frusta.js'
import type { ModelView, ModelViewEvents, ModelViewOptions } from './model-view-types.js'
import { PointCloud } from './point-cloud.js'
import { startWebGl } from './start-web-gl.js'
import { indexTracks, observationsOf, trackOf } from './tracks.js'

export type { ModelView, ModelViewEvents, ModelViewOptions } from './model-view-types.js'

/**
 * Draws a model into a container of any size (it must have a height) and lets a person move around it: drag to orbit,
 * right drag or two fingers to pan, wheel to zoom once focused; click a camera or a point to select it; arrow keys, + and
 * −, Home and Escape likewise.
 *
 * @throws EpipoleError `unsupported` where WebGL 2 is missing
 */
export function createModelView(container: HTMLElement, model: ModelData, options: ModelViewOptions = {}): ModelView {
  return new View(container, model, options)
}

class View implements ModelView {
  readonly canvas: HTMLCanvasElement
  readonly #container: HTMLElement
  readonly #data: ModelData
  readonly #options: ModelViewOptions
  readonly #renderer: WebGLRenderer
  readonly #scene = new Scene()
  readonly #world = new Group()
  readonly #camera = new PerspectiveCamera(FREE_FOV, 1, 0.002, 400)
  readonly #controls: OrbitControls
  readonly #points: PointCloud
  readonly #frusta: Frusta
  readonly #rays: LineSegments<BufferGeometry, LineBasicMaterial>
  readonly #tracks
  readonly #arrangement
  readonly #resizes: ResizeObserver
  readonly #listeners = new Map<string, Set<(detail: never) => void>>()
  readonly #stop = new AbortController()
  #frame = 0
  #flight: Flight | undefined
  #afterFlight: (() => void) | undefined
  #image = -1
  #point = -1
  #through = -1
  #overlay = 0.5
  #pictures = true
  #pressed: { x: number; y: number } | undefined
  /** True until the person moves: until then a new size means a new framing. */
  #untouched = true

  constructor(container: HTMLElement, model: ModelData, options: ModelViewOptions) {
    this.#container = container
    this.#data = model
    this.#options = options
    this.#renderer = startWebGl()
    this.canvas = this.#renderer.domElement
    this.canvas.tabIndex = 0
    this.canvas.setAttribute('role', 'application')
    this.canvas.setAttribute('aria-label', options.label ?? 'Three-dimensional view of the model')
    container.append(this.canvas)

    this.#tracks = indexTracks(model)
    this.#arrangement = arrange(model)
    this.#world.matrixAutoUpdate = false
    this.#world.matrix.copy(displayMatrix(this.#arrangement.display))
    this.#points = new PointCloud(model, options.pointSize ?? defaultPointSize(model.errors.length))
    this.#frusta = new Frusta(
      model.images,
      this.#arrangement.frustumDepth,
      (i) => options.picture?.(i),
      () => this.#invalidate(),
    )
    this.#rays = new LineSegments(new BufferGeometry(), new LineBasicMaterial({ transparent: true, opacity: 0.8 }))
    this.#rays.frustumCulled = false
    this.#world.add(this.#points.object, this.#frusta.object, this.#rays)
    this.#scene.add(this.#world)

    this.#controls = this.#createControls()
    this.#listen()
    this.refreshColors()
    this.#resizes = new ResizeObserver(() => this.#resize())
    this.#resizes.observe(container)
    this.#resize()
    void this.#frusta.showPictures()
  }

  get selectedImage(): number {
    return this.#image
  }

  get pointSize(): number {
    return this.#points.size
  }

  select(image: number): void {
    const chosen = image >= 0 && image < this.#data.images.length ? image : -1
    if (this.#through >= 0 && chosen !== this.#through) this.#leave()
    this.#image = chosen
    this.#point = -1
    this.#frusta.setSelected(chosen)
    this.#showMarks()
    this.#emit('point', -1)
    this.#emit('select', chosen)
  }

  selectPoint(point: number): void {
    this.#point = point >= 0 && point < this.#data.errors.length ? point : -1
    this.#showMarks()
    this.#emit('point', this.#point)
  }

  setPointSize(size: number): void {
    this.#points.size = size
    this.#invalidate()
  }

  setCamerasVisible(visible: boolean): void {
    this.#frusta.object.visible = visible
    this.#invalidate()
  }

  setPicturesVisible(visible: boolean): void {
    this.#pictures = visible
    this.#frusta.setPicturesVisible(visible)
    this.#invalidate()
  }

  lookThrough(image: number): void {
    const photo = this.#data.images[image]
    if (!photo) return
    if (this.#image !== image) this.select(image)
    this.#through = image
    this.#untouched = false
    this.#rays.visible = false
    this.#controls.enabled = false
    this.#frusta.setOverlay(image, this.#overlay, this.#pictures)
    this.#flyTo(photoStance(photo, this.#arrangement.display, this.#orientation(image), this.#camera.aspect))
    this.#emit('through', image)
  }

  setOverlay(opacity: number): void {
    this.#overlay = opacity
    if (this.#through >= 0) this.#frusta.setOverlay(this.#through, opacity, this.#pictures)
    this.#invalidate()
  }

  reset(): void {
    this.#untouched = true
    this.#endThrough()
    this.#flyFree(firstPosition(this.#arrangement, this.#data, this.#camera.aspect), new Vector3())
  }

  refreshColors(): void {
    const style = getComputedStyle(this.#container)
    const color = (name: string, fallback: string) => new Color(style.getPropertyValue(name).trim() || fallback)
    const paper = color('--view-paper', '#f4f5f6')
    const accent = color('--view-accent', '#d9480f')
    this.#scene.background = paper
    this.#points.setColors(paper.clone().convertLinearToSRGB(), accent.clone().convertLinearToSRGB())
    this.#frusta.setColors({
      line: color('--view-line', '#8a949e'),
      hover: color('--view-ink', '#1c2024'),
      selected: accent,
    })
    this.#rays.material.color.copy(accent)
    this.#invalidate()
  }

  on<K extends keyof ModelViewEvents>(event: K, listener: (detail: ModelViewEvents[K]) => void): () => void {
    const set = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, set)
    set.add(listener)
    return () => set.delete(listener)
  }

  dispose(): void {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    cancelAnimationFrame(this.#frame)
    this.#resizes.disconnect()
    this.#controls.dispose()
    this.#points.dispose()
    this.#frusta.dispose()
    this.#rays.geometry.dispose()
    this.#rays.material.dispose()
    this.#renderer.dispose()
    this.#renderer.forceContextLoss()
    this.canvas.remove()
  }

  #orientation(image: number): number {
    return this.#options.orientation?.(image) ?? 1
  }

  #emit<K extends keyof ModelViewEvents>(event: K, detail: ModelViewEvents[K]): void {
    for (const listener of this.#listeners.get(event) ?? []) (listener as (d: ModelViewEvents[K]) => void)(detail)
  }

  #createControls(): OrbitControls {
    const controls = new OrbitControls(this.#camera, this.canvas)
    controls.enableDamping = !matchMedia('(prefers-reduced-motion: reduce)').matches
    controls.dampingFactor = 0.12
    controls.zoomToCursor = true
    controls.minDistance = 0.01
    controls.maxDistance = 60
    controls.addEventListener('change', () => this.#invalidate())
    controls.addEventListener('start', () => {
      this.#untouched = false
    })
    return controls
  }

  #listen(): void {
    const { signal } = this.#stop
    const on = <K extends keyof HTMLElementEventMap>(type: K, f: (e: HTMLElementEventMap[K]) => void) =>
      this.canvas.addEventListener(type, f, { signal })
    on('pointerdown', (e) => {
      this.#pressed = { x: e.clientX, y: e.clientY }
      this.canvas.focus({ preventScroll: true })
    })
    on('pointermove', (e) => {
      const p = this.#pressed
      const dragged = p !== undefined && Math.abs(e.clientX - p.x) + Math.abs(e.clientY - p.y) > 6
      if (dragged && this.#through >= 0) this.#leave()
      if (e.buttons === 0) this.#hover(e)
    })
    on('pointerleave', () => this.#emitHover(-1, 0, 0))
    on('pointerup', (e) => {
      const p = this.#pressed
      this.#pressed = undefined
      if (p && e.button === 0 && Math.abs(e.clientX - p.x) + Math.abs(e.clientY - p.y) <= 6) this.#click(e)
    })
    on('dblclick', (e) => this.#focusOn(e))
    on('keydown', (e) => this.#key(e))
    // A page scrolls past the view until the person has taken hold of it. Before the controls, hence capturing.
    this.#container.addEventListener(
      'wheel',
      (e) => {
        if (document.activeElement !== this.canvas && !e.ctrlKey && !e.metaKey) e.stopPropagation()
        else if (this.#through >= 0) this.#leave()
      },
      { signal, capture: true, passive: true },
    )
  }

  #resize(): void {
    if (!this.#container.isConnected) {
      this.dispose()
      return
    }
    const width = this.#container.clientWidth
    const height = this.#container.clientHeight
    if (width === 0 || height === 0) return
    const ratio = Math.min(2, devicePixelRatio || 1)
    this.#renderer.setPixelRatio(ratio)
    this.#renderer.setSize(width, height)
    this.#camera.aspect = width / height
    const first = firstPosition(this.#arrangement, this.#data, this.#camera.aspect)
    const through = this.#data.images[this.#through]
    if (through) {
      const { fov } = photoStance(
        through,
        this.#arrangement.display,
        this.#orientation(this.#through),
        this.#camera.aspect,
      )
      this.#camera.fov = fov
    } else if (this.#untouched && !this.#flight) {
      this.#camera.position.copy(first)
      this.#controls.target.set(0, 0, 0)
      this.#controls.update()
    }
    this.#camera.updateProjectionMatrix()
    this.#points.setViewport(first.length(), ratio)
    this.#draw()
  }

  #invalidate(): void {
    if (this.#frame === 0 && !this.#stop.signal.aborted) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0
        this.#draw()
      })
    }
  }

  #draw(): void {
    if (this.#flight) {
      if (this.#flight.step(this.#camera)) this.#invalidate()
      else {
        this.#flight = undefined
        this.#afterFlight?.()
        this.#afterFlight = undefined
      }
    } else if (this.#controls.enabled && this.#controls.update()) this.#invalidate()
    this.#renderer.render(this.#scene, this.#camera)
  }

  #flyTo(stance: Stance, then?: () => void): void {
    this.#flight = new Flight(this.#camera, stance, flightTime())
    this.#afterFlight = then
    this.#invalidate()
  }

  /** Flies to an upright stance that looks at `target`, and hands over to the person's control. */
  #flyFree(position: Vector3, target: Vector3): void {
    this.#controls.enabled = false
    const look = new Matrix4().lookAt(position, target, new Vector3(0, 1, 0))
    const quaternion = new Quaternion().setFromRotationMatrix(look)
    this.#flyTo({ position, quaternion, fov: FREE_FOV }, () => {
      this.#controls.target.copy(target)
      this.#controls.enabled = true
      this.#controls.update()
    })
  }

  /** From a photo's camera back to free movement, from the same place. */
  #leave(): void {
    const target = this.#middleOfSeen(this.#through)
    this.#endThrough()
    this.#flyFree(this.#camera.position.clone(), target)
  }

  #endThrough(): void {
    this.#through = -1
    this.#rays.visible = this.#point >= 0
    this.#frusta.setOverlay(-1, 1, this.#pictures)
    this.#emit('through', -1)
  }

  /** What the photo looks at: the point on its axis at the median depth of its points (display frame). */
  #middleOfSeen(image: number): Vector3 {
    const ahead = new Vector3(0, 0, -1).applyQuaternion(this.#camera.quaternion)
    const matrix = displayMatrix(this.#arrangement.display)
    const depths = observationsOf(this.#tracks, image).map((o) =>
      new Vector3()
        .fromArray(this.#data.positions, 3 * o.point)
        .applyMatrix4(matrix)
        .sub(this.#camera.position)
        .dot(ahead),
    )
    depths.sort((a, b) => a - b)
    const depth = Math.max(0.02, depths[depths.length >> 1] ?? 1)
    return ahead.multiplyScalar(depth).add(this.#camera.position)
  }

  #showMarks(): void {
    const seen = this.#image < 0 ? [] : observationsOf(this.#tracks, this.#image).map((o) => o.point)
    const fade = this.#image >= 0 ? 0.78 : this.#point >= 0 ? 0.35 : 0
    this.#points.mark(seen, this.#point, fade)
    const ends: number[] = []
    if (this.#point >= 0) {
      const at = this.#data.positions.subarray(3 * this.#point, 3 * this.#point + 3)
      for (const { image } of trackOf(this.#data, this.#point)) {
        ends.push(...at, ...cameraCentre(this.#data.images[image]!.pose))
      }
    }
    this.#rays.geometry.dispose()
    this.#rays.geometry = new BufferGeometry().setAttribute('position', new Float32BufferAttribute(ends, 3))
    this.#rays.visible = ends.length > 0 && this.#through < 0
    this.#invalidate()
  }

  #place(e: MouseEvent): Vector2 {
    const box = this.canvas.getBoundingClientRect()
    return new Vector2(((e.clientX - box.left) / box.width) * 2 - 1, 1 - ((e.clientY - box.top) / box.height) * 2)
  }

  #imageAt(e: MouseEvent): number {
    if (!this.#frusta.object.visible || this.#through >= 0) return -1
    const ray = new Raycaster()
    ray.setFromCamera(this.#place(e), this.#camera)
    return this.#frusta.pick(ray)
  }

  #pointAt(e: MouseEvent, pixels: number): number {
    const reach = new Vector2((2 * pixels) / this.canvas.clientWidth, (2 * pixels) / this.canvas.clientHeight)
    const clip = new Matrix4().multiplyMatrices(this.#camera.projectionMatrix, this.#camera.matrixWorldInverse)
    return this.#points.nearest(this.#place(e), reach, clip)
  }

  #hover(e: PointerEvent): void {
    const box = this.#container.getBoundingClientRect()
    this.#emitHover(this.#imageAt(e), e.clientX - box.left, e.clientY - box.top)
  }

  #emitHover(image: number, x: number, y: number): void {
    const changed = this.#frusta.setHovered(image)
    this.canvas.style.cursor = image >= 0 ? 'pointer' : ''
    if (changed || image >= 0) this.#emit('hover', { image, x, y })
  }

  #click(e: MouseEvent): void {
    const image = this.#imageAt(e)
    if (image >= 0) {
      this.select(image)
      return
    }
    const point = this.#pointAt(e, 7)
    if (point >= 0) this.selectPoint(point)
    else if (this.#point >= 0) this.selectPoint(-1)
    else if (this.#through < 0 && this.#image >= 0) this.select(-1)
  }

  #focusOn(e: MouseEvent): void {
    const point = this.#through < 0 ? this.#pointAt(e, 12) : -1
    if (point < 0) return
    const target = new Vector3()
      .fromArray(this.#data.positions, 3 * point)
      .applyMatrix4(displayMatrix(this.#arrangement.display))
    const away = this.#camera.position.clone().sub(target).multiplyScalar(0.55)
    this.#untouched = false
    this.#flyFree(target.clone().add(away), target)
  }

  #key(e: KeyboardEvent): void {
    if (e.ctrlKey || e.metaKey || e.altKey) return
    const step = 0.12
    const moves: Record<string, () => void> = {
      ArrowLeft: () => this.#orbit(step, 0),
      ArrowRight: () => this.#orbit(-step, 0),
      ArrowUp: () => this.#orbit(0, -step),
      ArrowDown: () => this.#orbit(0, step),
      '+': () => this.#zoom(0.85),
      '=': () => this.#zoom(0.85),
      '-': () => this.#zoom(1 / 0.85),
      Home: () => this.reset(),
      Escape: () => (this.#through >= 0 ? this.#leave() : this.#point >= 0 ? this.selectPoint(-1) : this.select(-1)),
    }
    const move = moves[e.key]
    if (!move) return
    e.preventDefault()
    if (this.#through >= 0 && e.key !== 'Escape' && e.key !== 'Home') this.#leave()
    else move()
  }

  /** Around the target by angles in radians: to the side, and towards the pole. */
  #orbit(around: number, over: number): void {
    if (!this.#controls.enabled) return
    this.#untouched = false
    const offset = this.#camera.position.clone().sub(this.#controls.target)
    offset.applyAxisAngle(new Vector3(0, 1, 0), -around)
    const side = new Vector3(offset.z, 0, -offset.x).normalize()
    const raised = offset.clone().applyAxisAngle(side, over)
    if (raised.x * offset.x + raised.z * offset.z > 0) offset.copy(raised)
    this.#camera.position.copy(this.#controls.target).add(offset)
    this.#invalidate()
  }

  #zoom(factor: number): void {
    if (!this.#controls.enabled) return
    this.#untouched = false
    const offset = this.#camera.position.clone().sub(this.#controls.target).multiplyScalar(factor)
    this.#camera.position.copy(this.#controls.target).add(offset)
    this.#invalidate()
  }
}

/** Few points are drawn larger. */
export function defaultPointSize(points: number): number {
  return Math.max(1.5, Math.min(5, 3.2 * Math.sqrt(Math.sqrt(8000 / Math.max(1, points)))))
}
