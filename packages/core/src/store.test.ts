import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryStore, recordKey, sha256Hex } from './store.js'

test('SHA-256 of the standard examples, however they are cut', async () => {
  // FIPS 180-2, appendix B.1 and the empty message.
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  const bytes = (text: string) => new TextEncoder().encode(text)
  expect(await sha256Hex([bytes('abc')])).toBe(abc)
  expect(await sha256Hex([bytes('a'), bytes(''), bytes('bc')])).toBe(abc)
  expect(await sha256Hex([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

test('equal values give equal keys, in whatever order they were built', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse())
      const throughJson = JSON.parse(JSON.stringify(value)) as unknown
      const key = await recordKey('k', value)
      expect(key).toMatch(/^k-[0-9a-f]{64}$/)
      expect(await recordKey('k', reversed)).toBe(key)
      expect(await recordKey('k', throughJson)).toBe(key)
    }),
  )
})

test('different parts give different keys', async () => {
  const parts: unknown[][] = [
    [],
    [''],
    [null],
    [false],
    [0],
    ['0'],
    [[]],
    [{}],
    [[0]],
    [[0, 1]],
    [0, 1],
    ['a', 'b'],
    ['ab'],
    [{ a: 1 }],
    [{ a: 2 }],
    [{ b: 1 }],
    [{ a: { b: 1 } }],
    [{ a: [{ b: 1 }] }],
    [Uint8Array.of(0)],
    [Uint8Array.of(48)],
    [Uint8Array.of(0, 0)],
    [Uint8Array.of(0), Uint8Array.of(0)],
  ]
  const keys = await Promise.all(parts.map((p) => recordKey('kind', ...p)))
  expect(new Set(keys).size).toBe(parts.length)
  expect(await recordKey('kind', { a: 1, b: undefined })).toBe(await recordKey('kind', { a: 1 }))
})

test('a key never depends on what JSON would lose', async () => {
  const values = [
    undefined,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Map([[1, 2]]),
    new Set(),
    () => 1,
    1n,
    new Date(0),
  ]
  for (const value of values) {
    for (const part of [value, [value], { a: Uint8Array.of(1) }]) {
      await expect(recordKey('k', part)).rejects.toMatchObject({ name: 'EpipoleError', code: 'usage' })
    }
  }
})

test('the memory store keeps copies', async () => {
  const store = memoryStore()
  const bytes = Uint8Array.of(1, 2, 3)
  await store.put('a', bytes)
  bytes[0] = 9
  const got = await store.get('a')
  expect(got).toEqual(Uint8Array.of(1, 2, 3))
  got![1] = 9
  expect(await store.get('a')).toEqual(Uint8Array.of(1, 2, 3))
  expect(await store.has('a')).toBe(true)
  expect(await store.keys()).toEqual(['a'])
  await store.delete('a')
  await store.delete('a')
  expect(await store.has('a')).toBe(false)
  expect(await store.get('a')).toBeUndefined()
})
