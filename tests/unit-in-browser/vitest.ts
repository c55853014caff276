/**
 * What unit tests import from `vitest`, for a page: Vitest's own runner and matchers, without its server.
 */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  ChaiStyleAssertions,
  chai,
  customMatchers,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from '@vitest/runner'

for (const plugin of [JestExtend, JestChaiExpect, ChaiStyleAssertions, JestAsymmetricMatchers]) chai.use(plugin)
const make = (value: unknown, message?: string) => chai.expect(value, message)
Object.assign(make, chai.expect, Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT))
export const expect = make as unknown as Parameters<typeof setState>[1]
Reflect.set(globalThis, GLOBAL_EXPECT, expect)
setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null }, expect)
// `chai.expect.extend` as JestExtend puts it there takes the `expect` to extend first.
Reflect.apply(Reflect.get(chai.expect, 'extend') as () => void, chai.expect, [expect, customMatchers])
