import type { PerspectiveCamera, Quaternion, Vector3 } from 'three'

/** Where a viewer stands, how it is turned, and how much it sees. */
export interface Stance {
  readonly position: Vector3
  readonly quaternion: Quaternion
  /** Vertical, degrees. */
  readonly fov: number
}

/** A camera on its way between two stances. */
export class Flight {
  readonly #from: Stance
  readonly #to: Stance
  readonly #started: number
  readonly #milliseconds: number

  constructor(camera: PerspectiveCamera, to: Stance, milliseconds: number) {
    this.#from = { position: camera.position.clone(), quaternion: camera.quaternion.clone(), fov: camera.fov }
    this.#to = to
    this.#started = performance.now()
    this.#milliseconds = milliseconds
  }

  /** Moves the camera to where it is now; false once it has arrived. */
  step(camera: PerspectiveCamera): boolean {
    const t = this.#milliseconds <= 0 ? 1 : Math.min(1, (performance.now() - this.#started) / this.#milliseconds)
    const eased = t * t * t * (10 + t * (6 * t - 15))
    camera.position.lerpVectors(this.#from.position, this.#to.position, eased)
    camera.quaternion.slerpQuaternions(this.#from.quaternion, this.#to.quaternion, eased)
    camera.fov = this.#from.fov + (this.#to.fov - this.#from.fov) * eased
    camera.updateProjectionMatrix()
    return t < 1
  }
}

/** How long a flight takes: none at all for people who asked for less motion. */
export function flightTime(): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 750
}
