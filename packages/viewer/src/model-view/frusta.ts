import type { ModelImage } from '@epipole/sfm'
import {
  BufferAttribute,
  BufferGeometry,
  type Color,
  DoubleSide,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  type Raycaster,
  SRGBColorSpace,
  Texture,
} from 'three'
import { worldFromCam } from './coordinates.js'

/** Pictures shown on frusta at once; each is a texture of its own. */
const MAX_PICTURES = 240
/** Longer side of a picture's texture, texels: with few photos fine enough to look through their cameras. */
function pictureTexels(images: number): number {
  return images <= 80 ? 640 : 256
}

/** Corner indices of a pyramid: 0 apex, then around the image plane from the stored photo's top left. */
const EDGES = [0, 1, 0, 2, 0, 3, 0, 4, 1, 2, 2, 3, 3, 4, 4, 1]
const FACES = [0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 1, 1, 2, 3, 1, 3, 4]
const TRIANGLES = FACES.length / 3

/** Apex and the four corners of the photo at depth `depth`: 15 numbers, world. */
export function frustumCorners(image: ModelImage, depth: number): Float32Array {
  const [fx, fy, cx, cy] = image.pinhole
  const corners = new Float32Array(15)
  const world = worldFromCam(image.pose).elements
  const at = [
    [0, 0, 0],
    ...[
      [0, 0],
      [image.width, 0],
      [image.width, image.height],
      [0, image.height],
    ].map(([x, y]) => [((x! - cx) / fx) * depth, ((y! - cy) / fy) * depth, depth]),
  ]
  for (const [i, [x, y, z]] of at.entries()) {
    for (let k = 0; k < 3; k++) {
      corners[3 * i + k] = world[k]! * x! + world[4 + k]! * y! + world[8 + k]! * z! + world[12 + k]!
    }
  }
  return corners
}

export interface FrustumColors {
  readonly line: Color
  readonly hover: Color
  readonly selected: Color
}

/** Camera pyramids with their photo on the image plane. All outlines are one draw call; each picture is one. */
export class Frusta {
  readonly object = new Group()
  readonly #images: readonly ModelImage[]
  readonly #lines: LineSegments<BufferGeometry, LineBasicMaterial>
  readonly #solid: Mesh<BufferGeometry, MeshBasicMaterial>
  readonly #corners: Float32Array
  readonly #pictures = new Map<number, Mesh<BufferGeometry, MeshBasicMaterial>>()
  readonly #pictureUrl: (image: number) => string | undefined
  readonly #changed: () => void
  #colors: FrustumColors | undefined
  #selected = -1
  #hovered = -1
  #disposed = false

  constructor(
    images: readonly ModelImage[],
    depth: number,
    pictureUrl: (image: number) => string | undefined,
    changed: () => void,
  ) {
    this.#images = images
    this.#pictureUrl = pictureUrl
    this.#changed = changed
    this.#corners = new Float32Array(15 * images.length)
    for (const [i, image] of images.entries()) this.#corners.set(frustumCorners(image, depth), 15 * i)
    const corners = new BufferAttribute(this.#corners, 3)

    const outline = new BufferGeometry()
    outline.setAttribute('position', corners)
    outline.setAttribute('color', new BufferAttribute(new Float32Array(15 * images.length), 3))
    outline.setIndex(images.flatMap((_, i) => EDGES.map((v) => v + 5 * i)))
    this.#lines = new LineSegments(outline, new LineBasicMaterial({ vertexColors: true }))

    const faces = new BufferGeometry()
    faces.setAttribute('position', corners)
    faces.setIndex(images.flatMap((_, i) => FACES.map((v) => v + 5 * i)))
    this.#solid = new Mesh(faces, new MeshBasicMaterial({ side: DoubleSide, transparent: true, depthWrite: false }))
    faces.setDrawRange(0, 0)

    for (const o of [this.#lines, this.#solid]) o.frustumCulled = false
    this.object.add(this.#lines, this.#solid)
  }

  setColors(colors: FrustumColors): void {
    this.#colors = colors
    this.#solid.material.color.copy(colors.selected)
    this.#solid.material.opacity = 0.16
    this.#paint()
  }

  setSelected(image: number): void {
    this.#selected = image
    // Only the selected pyramid is filled.
    if (image < 0) this.#solid.geometry.setDrawRange(0, 0)
    else this.#solid.geometry.setDrawRange(FACES.length * image, 12)
    this.#paint()
    if (image >= 0) void this.#showPicture(image)
  }

  setHovered(image: number): boolean {
    if (this.#hovered === image) return false
    this.#hovered = image
    this.#paint()
    return true
  }

  /** Index of the photo whose pyramid the ray meets first, or −1. */
  pick(raycaster: Raycaster): number {
    // Raycasting obeys the draw range, which shows one pyramid only.
    const { start, count } = this.#solid.geometry.drawRange
    this.#solid.geometry.setDrawRange(0, Number.POSITIVE_INFINITY)
    const [hit] = raycaster.intersectObject(this.#solid, false)
    this.#solid.geometry.setDrawRange(start, count)
    return hit?.faceIndex == null ? -1 : Math.floor(hit.faceIndex / TRIANGLES)
  }

  /** Puts photos on the image planes, one after the other so that the first frame need not wait. */
  async showPictures(): Promise<void> {
    for (let i = 0; i < Math.min(MAX_PICTURES, this.#images.length) && !this.#disposed; i++) await this.#showPicture(i)
  }

  setPicturesVisible(visible: boolean): void {
    for (const mesh of this.#pictures.values()) mesh.visible = visible
  }

  /** One photo drawn over everything at this opacity, the others hidden; −1 ends it. */
  setOverlay(image: number, opacity: number, picturesVisible: boolean): void {
    for (const [i, mesh] of this.#pictures) {
      const over = i === image
      mesh.visible = image < 0 ? picturesVisible : over
      mesh.material.opacity = over ? opacity : 1
      mesh.material.transparent = over
      mesh.material.depthTest = !over
      mesh.material.needsUpdate = true
      mesh.renderOrder = over ? 10 : 0
    }
    this.#lines.visible = image < 0
    this.#solid.visible = image < 0
  }

  dispose(): void {
    this.#disposed = true
    for (const mesh of this.#pictures.values()) {
      mesh.geometry.dispose()
      mesh.material.map?.dispose()
      mesh.material.dispose()
    }
    for (const o of [this.#lines, this.#solid]) {
      o.geometry.dispose()
      o.material.dispose()
    }
  }

  #paint(): void {
    if (!this.#colors) return
    const colors = this.#lines.geometry.getAttribute('color') as BufferAttribute
    for (let i = 0; i < this.#images.length; i++) {
      const { line, hover, selected } = this.#colors
      const c = i === this.#selected ? selected : i === this.#hovered ? hover : line
      for (let v = 0; v < 5; v++) colors.setXYZ(5 * i + v, c.r, c.g, c.b)
    }
    colors.needsUpdate = true
    this.#changed()
  }

  async #showPicture(i: number): Promise<void> {
    const url = this.#pictures.has(i) ? undefined : this.#pictureUrl(i)
    if (!url) return
    const canvas = await shrunkPicture(url, pictureTexels(this.#images.length))
    if (!canvas || this.#disposed || this.#pictures.has(i)) return
    const texture = new Texture(canvas)
    texture.colorSpace = SRGBColorSpace
    texture.generateMipmaps = true
    texture.anisotropy = 4
    texture.needsUpdate = true
    const geometry = new BufferGeometry()
    geometry.setAttribute('position', new BufferAttribute(this.#corners.slice(15 * i + 3, 15 * i + 15), 3))
    geometry.setAttribute('uv', new BufferAttribute(new Float32Array([0, 1, 1, 1, 1, 0, 0, 0]), 2))
    geometry.setIndex([0, 1, 2, 0, 2, 3])
    const mesh = new Mesh(geometry, new MeshBasicMaterial({ map: texture, side: DoubleSide }))
    this.#pictures.set(i, mesh)
    this.object.add(mesh)
    this.#changed()
  }
}

/** Loads a picture as stored (its own EXIF orientation ignored); undefined where the bytes are no picture. */
async function shrunkPicture(url: string, texels: number): Promise<HTMLCanvasElement | undefined> {
  const image = new Image()
  image.style.imageOrientation = 'none'
  image.src = url
  try {
    await image.decode()
  } catch {
    return undefined
  }
  const scale = Math.min(1, texels / Math.max(image.naturalWidth, image.naturalHeight, 1))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale))
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale))
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas
}
