import type { ModelData } from '@epipole/sfm'
import { BufferAttribute, BufferGeometry, Color, type Matrix4, Points, ShaderMaterial, type Vector2 } from 'three'

/** How a point stands out. */
export const MARK = { none: 0, seen: 1, picked: 2 } as const

const VERTEX = /* glsl */ `
attribute float mark;
uniform float size;
uniform float reference;
uniform float pixelRatio;
uniform float fade;
uniform vec3 paper;
uniform vec3 accent;
varying vec3 shown;
varying float diameter;
void main() {
  vec4 inView = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * inView;
  float nearness = clamp(reference / max(-inView.z, 1e-4), 0.5, 4.0);
  float pixels = size * pixelRatio * nearness;
  float grown = mark > 1.5 ? 2.5 : (mark > 0.5 ? 1.2 : 1.0);
  diameter = max(1.6 * pixelRatio, pixels * grown);
  gl_PointSize = diameter + 1.0;
  vec3 faded = mix(color, paper, fade);
  shown = mark > 1.5 ? accent : (mark > 0.5 ? mix(color, accent, 0.35) : faded);
}`

const FRAGMENT = /* glsl */ `
varying vec3 shown;
varying float diameter;
void main() {
  // Pixels inside the rim, which is one pixel soft.
  float inside = 0.5 * diameter - length(gl_PointCoord - 0.5) * (diameter + 1.0);
  float alpha = clamp(inside + 0.5, 0.0, 1.0);
  if (alpha < 0.02) discard;
  gl_FragColor = vec4(shown, alpha);
}`

/** The points of a model as round, coloured dots; some may be marked, which fades the others. */
export class PointCloud {
  readonly object: Points<BufferGeometry, ShaderMaterial>
  readonly #marks: BufferAttribute
  #size: number

  constructor(data: ModelData, size: number) {
    const geometry = new BufferGeometry()
    geometry.setAttribute('position', new BufferAttribute(data.positions, 3))
    geometry.setAttribute('color', new BufferAttribute(data.colors, 3, true))
    this.#marks = new BufferAttribute(new Uint8Array(data.errors.length), 1)
    geometry.setAttribute('mark', this.#marks)
    const material = new ShaderMaterial({
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      vertexColors: true,
      // Edges are smoothed by coverage, so that dots need no sorting.
      alphaToCoverage: true,
      uniforms: {
        size: { value: size },
        reference: { value: 1 },
        pixelRatio: { value: 1 },
        fade: { value: 0 },
        paper: { value: new Color() },
        accent: { value: new Color() },
      },
    })
    this.object = new Points(geometry, material)
    this.object.frustumCulled = false
    this.#size = size
  }

  get size(): number {
    return this.#size
  }

  set size(size: number) {
    this.#size = size
    this.#uniform('size').value = size
  }

  /** Colours are written as they are shown (sRGB), past three.js's linear working space. */
  setColors(paper: Color, accent: Color): void {
    ;(this.#uniform('paper').value as Color).copy(paper)
    ;(this.#uniform('accent').value as Color).copy(accent)
  }

  /** At the distance `reference` a dot of size s takes s CSS pixels, nearer more, farther less, within limits. */
  setViewport(reference: number, pixelRatio: number): void {
    this.#uniform('reference').value = reference
    this.#uniform('pixelRatio').value = pixelRatio
  }

  /** Marks these points and no others; `fade` is how far the others sink into the background, 0 … 1. */
  mark(points: Iterable<number>, picked: number, fade: number): void {
    const marks = this.#marks.array as Uint8Array
    marks.fill(MARK.none)
    for (const i of points) marks[i] = MARK.seen
    if (picked >= 0 && picked < marks.length) marks[picked] = MARK.picked
    this.#marks.needsUpdate = true
    this.#uniform('fade').value = fade
  }

  /**
   * The point drawn nearest to a place of the screen, within `reach`; of several, the one nearest to the viewer. −1 where
   * there is none.
   *
   * @param at normalised device coordinates
   * @param reach in normalised device coordinates of each axis
   */
  nearest(at: Vector2, reach: Vector2, clipFromDisplay: Matrix4): number {
    const m = clipFromDisplay.clone().multiply(this.object.matrixWorld).elements
    const p = this.object.geometry.getAttribute('position').array
    let best = -1
    let bestScore = Number.POSITIVE_INFINITY
    for (let i = 0; i < p.length; i += 3) {
      const [x, y, z] = [p[i]!, p[i + 1]!, p[i + 2]!]
      const w = m[3] * x + m[7] * y + m[11] * z + m[15]
      if (w <= 0) continue
      const dx = ((m[0] * x + m[4] * y + m[8] * z + m[12]) / w - at.x) / reach.x
      const dy = ((m[1] * x + m[5] * y + m[9] * z + m[13]) / w - at.y) / reach.y
      const off = dx * dx + dy * dy
      if (off > 1) continue
      const score = w * (1 + off)
      if (score < bestScore) {
        bestScore = score
        best = i / 3
      }
    }
    return best
  }

  dispose(): void {
    this.object.geometry.dispose()
    this.object.material.dispose()
  }

  #uniform(name: string): { value: unknown } {
    return this.object.material.uniforms[name]!
  }
}
