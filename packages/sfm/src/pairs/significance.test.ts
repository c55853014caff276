import { randomStream } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leastSignificant, logFalseAlarms } from './significance.js'

const line = { sampleSize: 7, models: 3, chance: 0.02 }

describe('expected number of false alarms', () => {
  test('is the published bound', () => {
    // python3 -c "from math import *; n,k,s=100,30,7; print(log(3*(n-s)*comb(n,k)*comb(k,s))+(k-s)*log(.02))"
    expect(logFalseAlarms(30, 100, line)).toBeCloseTo(-11.176822282069239, 9)
    // python3 -c "from math import *; n,k,s=2000,120,5; print(log(10*(n-s)*comb(n,k)*comb(k,s))+(k-s)*log(.01))"
    expect(logFalseAlarms(120, 2000, { sampleSize: 5, models: 10, chance: 0.01 })).toBeCloseTo(-49.97541352677035, 9)
  })

  test('says nothing of what a sample alone fits', () => {
    expect(logFalseAlarms(7, 100, line)).toBe(Number.POSITIVE_INFINITY)
  })
})

test('the least significant number is where the bound crosses, rises with chance, and may not exist', () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 3000 }), fc.double({ min: 1e-4, max: 0.3, noNaN: true }), (count, chance) => {
      const least = leastSignificant(count, { ...line, chance })
      expect(least).toBeGreaterThan(count * chance)
      if (least <= count) expect(logFalseAlarms(least, count, { ...line, chance })).toBeLessThanOrEqual(Math.log(1e-3))
      if (least > 8) expect(logFalseAlarms(least - 1, count, { ...line, chance })).toBeGreaterThan(Math.log(1e-3))
      expect(leastSignificant(count, { ...line, chance: chance / 2 })).toBeLessThanOrEqual(least)
    }),
  )
  expect(leastSignificant(8, { ...line, chance: 0.5 })).toBe(9)
})

test('draws from chance alone hardly ever reach it, whichever of many models is looked at', () => {
  const random = randomStream(1, 'significance')
  const [count, models] = [60, 200]
  const least = leastSignificant(count, { ...line, chance: 0.05 })
  let reached = 0
  for (let trial = 0; trial < 50; trial++) {
    let best = 0
    for (let m = 0; m < models; m++) {
      let agree = line.sampleSize
      for (let i = line.sampleSize; i < count; i++) if (random.float() < 0.05) agree++
      best = Math.max(best, agree)
    }
    if (best >= least) reached++
  }
  expect(reached).toBe(0)
})
