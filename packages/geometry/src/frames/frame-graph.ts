import { EpipoleError, nearestName } from '@epipole/core'
import { compose, invert, type Rigid, rigid, rigidIdentity, transformPoint } from '../math/rigid.js'
import { rotationAngleRad } from '../math/so3.js'
import { type Numbers, vec3Distance } from '../math/vec3.js'

/**
 * Problem: a point of one frame in another, by any chain of known motions.
 * Equation: aFromZ = aFromB · bFromC · … along the shortest path; a motion known from b to a is inverted.
 * Source: breadth-first search.
 * Preconditions: names are known and connected; a second way between two frames must agree.
 * Solutions: one: any path says the same, to the tolerance.
 */

/** How far two ways around a cycle of frames may differ and still agree. */
export interface FrameTolerance {
  /** Default 1e-9 rad. */
  readonly angleRad?: number
  /** Units of the frames. Default 1e-9 × (1 + the length of the translation). */
  readonly distance?: number
}

/**
 * Named frames and the rigid motions between them. A motion is known once and serves both ways; any two frames that a chain
 * of motions joins can be asked about. As everywhere, target comes before source: `add('camera', 'world', camFromWorld)`.
 */
export interface FrameGraph {
  /** All names, in the order they came. */
  readonly frames: readonly string[]
  /**
   * Says where `source` is in `target`: pointInTarget = R · pointInSource + t. Copies the motion.
   *
   * @throws EpipoleError `input` where a chain already says so otherwise (beyond the tolerance), or a number is not finite;
   *   `usage` for a frame from itself or an empty name
   */
  readonly add: (target: string, source: string, targetFromSource: Rigid, tolerance?: FrameTolerance) => void
  /**
   * Replaces a motion that was added, in either direction: things move.
   *
   * @throws EpipoleError `usage` where it was not added, or for a frame from itself; `input` where it then contradicts another chain
   */
  readonly move: (target: string, source: string, targetFromSource: Rigid) => void
  /**
   * targetFromSource through the shortest chain.
   *
   * @throws EpipoleError `usage` for an unknown name (with the name that may have been meant), or frames that nothing joins
   */
  readonly transform: (target: string, source: string) => Rigid
  /** The names on the way from source to target, both included; throws as `transform`. */
  readonly chain: (target: string, source: string) => readonly string[]
  /** The point of one frame in another; throws as `transform`. */
  readonly point: (target: string, source: string, pointInSource: Numbers) => Float64Array
}

interface Edge {
  readonly target: string
  readonly source: string
  targetFromSource: Rigid
  readonly tolerance: FrameTolerance
}

/** An empty frame graph. */
export function frameGraph(): FrameGraph {
  const edges = new Map<string, Edge[]>()

  const edgeBetween = (a: string, b: string) => edges.get(a)?.find((e) => e.target === b || e.source === b)

  /** Breadth first, so the shortest; `undefined` where nothing joins them. `without` is left out. */
  const path = (target: string, source: string, without?: Edge): string[] | undefined => {
    const nextTowardsSource = new Map<string, string>([[source, source]])
    const queue = [source]
    for (let frame = queue.shift(); frame !== undefined && !nextTowardsSource.has(target); frame = queue.shift()) {
      for (const edge of edges.get(frame)!) {
        const other = edge.target === frame ? edge.source : edge.target
        if (edge === without || nextTowardsSource.has(other)) continue
        nextTowardsSource.set(other, frame)
        queue.push(other)
      }
    }
    if (!nextTowardsSource.has(target)) return undefined
    const names = [target]
    while (names[names.length - 1] !== source) names.push(nextTowardsSource.get(names[names.length - 1])!)
    return names.reverse()
  }

  const along = (names: readonly string[]): Rigid => {
    const result = rigidIdentity()
    for (let k = 1; k < names.length; k++) {
      const edge = edgeBetween(names[k - 1], names[k])!
      compose(edge.target === names[k] ? edge.targetFromSource : invert(edge.targetFromSource), result, result)
    }
    return result
  }

  const check = (name: string): void => {
    if (edges.has(name)) return
    const meant = nearestName(name, [...edges.keys()])
    throw new EpipoleError(
      'usage',
      `There is no frame "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`} Known are: ${[...edges.keys()].join(', ') || 'none'}.`,
      { frame: name, ...(meant !== undefined && { meant }) },
    )
  }

  const chain = (target: string, source: string): readonly string[] => {
    check(target)
    check(source)
    const names = path(target, source)
    if (names !== undefined) return names
    throw new EpipoleError(
      'usage',
      `Nothing joins the frames "${target}" and "${source}": "${source}" reaches ${reached(source).join(', ') || 'no other'}. Add a motion between them.`,
      { target, source },
    )
  }

  const reached = (from: string) => [...edges.keys()].filter((name) => name !== from && path(name, from) !== undefined)

  const connect = (edge: Edge): void => {
    for (const name of [edge.target, edge.source]) edges.set(name, [...(edges.get(name) ?? []), edge])
  }

  /** Refuses an edge that another chain between its ends contradicts. */
  const checkCycle = (edge: Edge): void => {
    if (!edges.has(edge.target) || !edges.has(edge.source)) return
    const names = path(edge.target, edge.source, edge)
    if (names !== undefined) refuseDisagreement(edge, along(names), names)
  }

  return {
    get frames() {
      return [...edges.keys()]
    },
    add(target, source, targetFromSource, tolerance = {}) {
      checkNames(target, source)
      const edge = { target, source, targetFromSource: checkedCopy(target, source, targetFromSource), tolerance }
      checkCycle(edge)
      // A second motion between the same frames says what the first said.
      if (edgeBetween(target, source) === undefined) connect(edge)
    },
    move(target, source, targetFromSource) {
      checkNames(target, source)
      check(target)
      check(source)
      const edge = edgeBetween(target, source)
      if (edge === undefined) {
        throw new EpipoleError(
          'usage',
          `No motion between "${target}" and "${source}" was added; only what was added can move. Their chain is ${chain(target, source).join(' – ')}.`,
          { target, source },
        )
      }
      const motion = checkedCopy(target, source, targetFromSource)
      const before = edge.targetFromSource
      edge.targetFromSource = edge.target === target ? motion : invert(motion)
      try {
        checkCycle(edge)
      } catch (error) {
        edge.targetFromSource = before
        throw error
      }
    },
    chain,
    transform: (target, source) => along(chain(target, source)),
    point: (target, source, pointInSource) => transformPoint(along(chain(target, source)), pointInSource),
  }
}

function checkNames(target: string, source: string): void {
  if (target === '' || source === '') throw new EpipoleError('usage', 'A frame needs a name.', { target, source })
  if (target !== source) return
  throw new EpipoleError('usage', `A motion from the frame "${source}" to itself says nothing.`, { target, source })
}

function checkedCopy(target: string, source: string, motion: Rigid): Rigid {
  const copy = rigid(motion.R, motion.t)
  if (copy.R.length === 9 && copy.t.length === 3 && [...copy.R, ...copy.t].every(Number.isFinite)) return copy
  throw new EpipoleError(
    'input',
    `The motion of "${source}" in "${target}" must be nine and three finite numbers, not R = [${copy.R}], t = [${copy.t}].`,
    { target, source },
  )
}

function refuseDisagreement(edge: Edge, known: Rigid, names: readonly string[]): void {
  const { target, source, targetFromSource, tolerance } = edge
  const distanceLimit = tolerance.distance ?? 1e-9 * (1 + vec3Distance(known.t, [0, 0, 0]))
  const tests = [
    ['angle', rotationAngleRad(known.R, targetFromSource.R), tolerance.angleRad ?? 1e-9, 'rad'],
    ['distance', vec3Distance(known.t, targetFromSource.t), distanceLimit, ''],
  ] as const
  for (const [reason, value, threshold, unit] of tests) {
    if (value <= threshold) continue
    throw new EpipoleError(
      'input',
      `The motion of "${source}" in "${target}" contradicts the chain ${names.join(' – ')}: they differ by ${value.toPrecision(3)} ${unit} (at most ${threshold.toPrecision(3)}). Correct one of them, or pass a tolerance.`,
      { target, source, reason, value, threshold, chain: names },
    )
  }
}
