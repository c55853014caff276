import { isEpipoleError } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compose, invert, type Rigid, transformPoint } from '../math/rigid.js'
import { so3Exp } from '../math/so3.js'
import { frameGraph } from './frame-graph.js'

const num = fc.double({ min: -3, max: 3, noNaN: true })
const motion = fc
  .tuple(num, num, num, num, num, num)
  .map(([a, b, c, x, y, z]): Rigid => ({ R: so3Exp([a, b, c]), t: Float64Array.of(x, y, z) }))

function errorOf(run: () => unknown): { code: string; message: string; details: Readonly<Record<string, unknown>> } {
  try {
    run()
  } catch (error) {
    if (isEpipoleError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const shift = (x: number): Rigid => ({ R: so3Exp([0, 0, 0]), t: Float64Array.of(x, 0, 0) })

describe('frameGraph', () => {
  it('answers through chains, in both directions', () => {
    fc.assert(
      fc.property(motion, motion, motion, fc.tuple(num, num, num), (camFromRig, rigFromWorld, worldFromMap, point) => {
        const frames = frameGraph()
        frames.add('cam', 'rig', camFromRig)
        frames.add('rig', 'world', rigFromWorld)
        // Given the other way round.
        frames.add('map', 'world', invert(worldFromMap))
        const expected = transformPoint(compose(compose(camFromRig, rigFromWorld), worldFromMap), point)
        const found = frames.point('cam', 'map', point)
        const back = frames.point('map', 'cam', found)
        for (let k = 0; k < 3; k++) {
          expect(found[k]).toBeCloseTo(expected[k], 12)
          expect(back[k]).toBeCloseTo(point[k], 11)
        }
        expect(frames.chain('cam', 'map')).toEqual(['map', 'world', 'rig', 'cam'])
        for (let k = 0; k < 3; k++) expect(frames.point('rig', 'rig', point)[k]).toBeCloseTo(point[k], 15)
      }),
    )
  })

  it('checks names, and guesses what was meant', () => {
    const frames = frameGraph()
    expect(errorOf(() => frames.transform('a', 'b')).message).toContain('Known are: none')
    frames.add('camera', 'world', shift(1))
    frames.add('robot', 'tool', shift(1))
    const error = errorOf(() => frames.point('camera', 'wrld', [0, 0, 0]))
    expect(error).toMatchObject({ code: 'usage', details: { frame: 'wrld', meant: 'world' } })
    expect(error.message).toContain('did you mean "world"?')
    const apart = errorOf(() => frames.transform('camera', 'tool'))
    expect(apart.message).toContain('"tool" reaches robot')
    expect(errorOf(() => frames.add('a', 'a', shift(0))).code).toBe('usage')
    expect(errorOf(() => frames.add('', 'a', shift(0))).code).toBe('usage')
    expect(errorOf(() => frames.add('a', 'b', shift(Number.NaN))).code).toBe('input')
    expect(frames.frames).toEqual(['camera', 'world', 'robot', 'tool'])
  })

  it('takes a cycle that agrees and refuses one that does not', () => {
    const frames = frameGraph()
    frames.add('b', 'a', shift(1))
    frames.add('c', 'b', shift(2))
    const error = errorOf(() => frames.add('c', 'a', shift(3.5)))
    expect(error).toMatchObject({ code: 'input', details: { reason: 'distance', value: 0.5, chain: ['a', 'b', 'c'] } })
    expect(errorOf(() => frames.add('c', 'a', { R: so3Exp([0, 0, 0.1]), t: shift(3).t })).details.reason).toBe('angle')
    frames.add('c', 'a', shift(3))
    frames.add('a', 'c', shift(-3))
    expect(frames.chain('c', 'a')).toEqual(['a', 'c'])
    frames.add('b', 'a', shift(1.01), { distance: 0.05 })
    expect(frames.point('b', 'a', [0, 0, 0])[0]).toBe(1)
  })

  it('moves what was added, where that contradicts nothing', () => {
    const frames = frameGraph()
    frames.add('cam', 'rig', shift(1))
    frames.add('rig', 'world', shift(2))
    frames.move('world', 'rig', shift(-5))
    expect(frames.point('cam', 'world', [0, 0, 0])[0]).toBe(6)
    expect(errorOf(() => frames.move('cam', 'world', shift(0))).message).toContain('world – rig – cam')
    frames.add('cam', 'world', shift(6))
    expect(errorOf(() => frames.move('rig', 'world', shift(7))).code).toBe('input')
    expect(errorOf(() => frames.move('rig', 'rig', shift(7))).code).toBe('usage')
    expect(frames.point('rig', 'world', [0, 0, 0])[0]).toBe(5)
  })

  it('keeps its own copy', () => {
    const frames = frameGraph()
    const given = shift(1)
    frames.add('b', 'a', given)
    given.t[0] = 9
    frames.transform('b', 'a').t[1] = 9
    expect([...frames.point('b', 'a', [0, 0, 0])]).toEqual([1, 0, 0])
  })
})
