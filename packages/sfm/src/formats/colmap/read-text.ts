import { type Camera, type CameraModel, type CameraModelInfo, camera, cameraModelInfo } from '@epipole/geometry'
import { MAX_ID } from '../../scene/check.js'
import { NO_POINT, type ReconstructionImage, type ReconstructionPoint } from '../../scene/reconstruction.js'
import { malformed } from '../place.js'
import { TextLines, Tokens } from '../text-lines.js'
import { poseFromQuaternion, Table } from './table.js'

/** `CAMERA_ID MODEL WIDTH HEIGHT PARAMS[]`, one line a camera. */
export function readCamerasText(bytes: Uint8Array, file: string): Table<Camera> {
  const lines = new RecordLines(bytes, file, 'cameras')
  const table = new Table<Camera>(file, 'text')
  for (let tokens = lines.next(); tokens !== undefined; tokens = lines.next()) {
    const id = newId(tokens, 'the camera id', table)
    const info = cameraModel(tokens)
    const width = tokens.integer('the width', 1, MAX_ID)
    const height = tokens.integer('the height', 1, MAX_ID)
    const params = info.paramNames.map((name) => tokens.number(`parameter ${name}`))
    if (!tokens.done) {
      tokens.token('nothing')
      throw tokens.malformed(
        `a ${info.name} camera has ${params.length} parameters (${info.paramNames.join(', ')}), here is more`,
      )
    }
    table.add(
      id,
      refusedAt(tokens, () => camera(info.name, width, height, params)),
      lines.line,
    )
  }
  lines.checkCount(table.records.size)
  return table
}

function cameraModel(tokens: Tokens): CameraModelInfo {
  const name = tokens.token('the camera model')
  return refusedAt(tokens, () => cameraModelInfo(name as CameraModel))
}

/** Runs a check of values; its refusal gets the place of the token last read. */
function refusedAt<T>(tokens: Tokens, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw tokens.malformed((error as Error).message.replace(/\.$/, ''))
  }
}

/**
 * Two lines an image: `IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME` and `(X Y POINT3D_ID)[]`. The name is all that follows the
 * blank after the camera id, blanks included. The second line may be empty, and the last may be missing.
 */
export function readImagesText(bytes: Uint8Array, file: string): Table<ReconstructionImage> {
  const lines = new RecordLines(bytes, file, 'images')
  const table = new Table<ReconstructionImage>(file, 'text')
  for (let tokens = lines.next(); tokens !== undefined; tokens = lines.next()) {
    const line = lines.line
    const id = newId(tokens, 'the image id', table)
    const q = ['QW', 'QX', 'QY', 'QZ'].map((name) => tokens.number(name))
    const camFromWorld = poseFromQuaternion(
      q,
      ['TX', 'TY', 'TZ'].map((name) => tokens.number(name)),
    )
    if (camFromWorld === undefined) throw tokens.malformed(`the quaternion ${q.join(' ')} is not a rotation`)
    const cameraId = tokens.integer('the camera id', 0, MAX_ID)
    const name = tokens.rest('the name')
    table.add(id, { name, cameraId, camFromWorld, ...readKeypoints(lines.nextRaw()) }, line)
  }
  lines.checkCount(table.records.size)
  return table
}

function readKeypoints(tokens: Tokens | undefined): { keypoints: Float64Array; pointIds: Int32Array } {
  const keypoints: number[] = []
  const pointIds: number[] = []
  while (tokens !== undefined && !tokens.done) {
    keypoints.push(tokens.number('X'), tokens.number('Y'))
    pointIds.push(tokens.integer('POINT3D_ID', NO_POINT, MAX_ID))
  }
  return { keypoints: Float64Array.from(keypoints), pointIds: Int32Array.from(pointIds) }
}

/** `POINT3D_ID X Y Z R G B ERROR (IMAGE_ID POINT2D_IDX)[]`, one line a point. */
export function readPointsText(bytes: Uint8Array, file: string): Table<ReconstructionPoint> {
  const lines = new RecordLines(bytes, file, 'points')
  const table = new Table<ReconstructionPoint>(file, 'text')
  for (let tokens = lines.next(); tokens !== undefined; tokens = lines.next()) {
    const id = newId(tokens, 'the point id', table)
    const xyz = Float64Array.of(tokens.number('X'), tokens.number('Y'), tokens.number('Z'))
    const channel = (name: string) => (tokens as Tokens).integer(name, 0, 255)
    const rgb = [channel('R'), channel('G'), channel('B')] as const
    const error = tokens.number('ERROR')
    const track: number[] = []
    while (!tokens.done) track.push(tokens.integer('IMAGE_ID', 0, MAX_ID), tokens.integer('POINT2D_IDX', 0, MAX_ID))
    table.add(id, { xyz, rgb, error, track: Int32Array.from(track) }, lines.line)
  }
  lines.checkCount(table.records.size)
  return table
}

function newId(tokens: Tokens, what: string, table: Table<unknown>): number {
  const id = tokens.integer(what, 0, MAX_ID)
  if (table.records.has(id)) throw tokens.malformed(`${what} ${id} was used before`)
  return id
}

/** The lines of a model file, without blank lines and comments; remembers the number of records its header announces. */
class RecordLines {
  readonly #lines: TextLines
  readonly #announcement: RegExp
  readonly #what: string
  #announced: number | undefined

  constructor(bytes: Uint8Array, file: string, what: 'cameras' | 'images' | 'points') {
    this.#lines = new TextLines(bytes, file)
    this.#what = what
    this.#announcement = new RegExp(`^#\\s*Number of ${what}:\\s*(\\d+)`)
  }

  get line(): number {
    return this.#lines.line
  }

  next(): Tokens | undefined {
    for (let text = this.#lines.next(); text !== undefined; text = this.#lines.next()) {
      const trimmed = text.trim()
      const match = this.#announcement.exec(trimmed)
      if (match !== null) this.#announced = Number(match[1])
      if (trimmed !== '' && !trimmed.startsWith('#')) return this.#tokens(text)
    }
    return undefined
  }

  /** The very next line, whatever it holds. */
  nextRaw(): Tokens | undefined {
    const text = this.#lines.next()
    return text === undefined ? undefined : this.#tokens(text)
  }

  /**
   * A file cut off between two lines, or inside the last number, still parses: only the number of records that COLMAP's
   * header announces, and the line break that ends what COLMAP writes, can tell.
   */
  checkCount(found: number): void {
    const place = { file: this.#lines.file, line: Math.max(1, this.line), column: 1 }
    if (this.#announced === undefined) return
    if (found < this.#announced) {
      throw malformed(
        place,
        `the header announces ${this.#announced} ${this.#what}, but the file ends after ${found}; it is cut off (or, if you removed some on purpose, correct the header)`,
      )
    }
    if (!this.#lines.ended) throw malformed(place, 'the last line has no end; the file is cut off')
  }

  #tokens(text: string): Tokens {
    return new Tokens(text, this.#lines.file, this.line)
  }
}
