import { cos, type RandomStream, sin } from '@epipole/core'
import { lookAt } from '../camera/look-at.js'
import { vec3Distance, vec3Normalize } from '../math/vec3.js'

/**
 * How cameras stand to a scene of about unit radius.
 *
 * - `arc`: over 90° around it, looking at it.
 * - `loop`: all the way around, looking in; a point is seen only from its own side.
 * - `forward`: driving into a corridor of points.
 * - `plane`: as `arc`, all points on one plane.
 * - `roaming`: as `arc`, but held in the hand: from above and below, nearer and farther, rolled, looking past the middle. No two
 *   optical axes are near one plane, so focal lengths can be told.
 * - `pure-rotation`: one centre, the camera only turns; points all around in the distance.
 */
export type SceneLayout = 'arc' | 'loop' | 'forward' | 'plane' | 'pure-rotation' | 'roaming'

/** Which way a camera looks and from where, in the world (y down). */
interface Placement {
  readonly centre: readonly number[]
  readonly target: readonly number[]
  /** Turn about the optical axis, radians. Default 0. */
  readonly roll?: number
}

/**
 * camFromWorld of a camera at `centre` that looks at `target`, x to the right, with the world's y pointing down in its
 * image; writes R (row-major) and t, 12 numbers.
 */
export function writeLookAt(centre: readonly number[], target: readonly number[], out: Float64Array, at: number): void {
  const steep = Math.abs(target[1] - centre[1]) > 0.999 * vec3Distance(centre, target)
  const { R, t } = lookAt(centre, target, steep ? [0, 0, 1] : [0, 1, 0])
  out.set(R, at)
  out.set(t, at + 9)
}

/** The poses of a layout, `12 × count`, jittered so that nothing is symmetric by accident. */
export function layoutPoses(layout: SceneLayout, count: number, random: RandomStream): Float64Array {
  const poses = new Float64Array(12 * count)
  for (let i = 0; i < count; i++) {
    const { centre, target, roll } = place(layout, i, count, random)
    writeLookAt(centre, target, poses, 12 * i)
    if (roll !== undefined) rollPose(poses, 12 * i, roll)
  }
  return poses
}

/** Turns a camera about its optical axis. */
function rollPose(poses: Float64Array, at: number, angle: number): void {
  const [c, s] = [cos(angle), sin(angle)]
  for (const [x, y] of [
    [at, at + 3],
    [at + 1, at + 4],
    [at + 2, at + 5],
    [at + 9, at + 10],
  ]) {
    const [a, b] = [poses[x], poses[y]]
    poses[x] = c * a - s * b
    poses[y] = s * a + c * b
  }
}

function place(layout: SceneLayout, i: number, count: number, random: RandomStream): Placement {
  const jitter = (scale: number) => random.uniform(-scale, scale)
  const near = (p: readonly number[], scale: number) => p.map((v) => v + jitter(scale))
  const part = count > 1 ? i / (count - 1) - 0.5 : 0
  switch (layout) {
    case 'forward':
      return { centre: near([0, 0, -4 + 3 * part], 0.15), target: near([0, 0, 8], 0.4) }
    case 'pure-rotation':
      return { centre: [0, 0, 0], target: [2 * sin(1.2 * part) + jitter(0.05), jitter(0.2), 2 * cos(1.2 * part)] }
    case 'loop': {
      const angle = (2 * Math.PI * i) / count
      return { centre: near([4 * sin(angle), -0.8, -4 * cos(angle)], 0.15), target: near([0, 0, 0], 0.15) }
    }
    case 'roaming': {
      const angle = Math.PI * 0.75 * part
      const distance = 4 + jitter(0.8)
      return {
        centre: [distance * sin(angle), jitter(1.6), -distance * cos(angle)],
        target: near([0, 0, 0], 0.7),
        roll: jitter(0.8),
      }
    }
    case 'arc':
    case 'plane': {
      const angle = (Math.PI / 2) * part
      return { centre: near([4 * sin(angle), -0.8, -4 * cos(angle)], 0.25), target: near([0, 0, 0], 0.2) }
    }
  }
}

/** One point of a layout. */
export function layoutPoint(layout: SceneLayout, random: RandomStream): number[] {
  const cube = () => random.uniform(-1, 1)
  switch (layout) {
    case 'forward': {
      const angle = random.uniform(0, 2 * Math.PI)
      const radius = random.uniform(1, 2)
      return [radius * cos(angle), radius * sin(angle), random.uniform(0, 12)]
    }
    case 'plane':
      return [1.3 * cube(), cube(), 0.2]
    case 'pure-rotation': {
      const angle = random.uniform(-1.2, 1.2)
      const distance = random.uniform(4, 10)
      return [distance * sin(angle), 3 * cube(), distance * cos(angle)]
    }
    case 'loop': {
      // On a ball, so that each point has a side.
      const d = vec3Normalize([random.normal(), random.normal(), random.normal()])
      const radius = random.uniform(0.8, 1.1)
      return [radius * d[0], radius * d[1], radius * d[2]]
    }
    case 'roaming':
    case 'arc':
      return [1.2 * cube(), cube(), cube()]
  }
}
