import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { recordKey, type Store } from '@epipole/core'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { memoryFolder } from '../../test-support/memory-folder.js'
import { nodeStore, writeWhole } from './node-store.js'
import { opfsStore } from './opfs-store.js'
import { recordKeyOf, recordName } from './record-name.js'

const roots: string[] = []
async function temporary() {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), 'epipole-store-'))
  roots.push(root)
  return root
}
afterAll(async () => {
  for (const root of roots) await fs.rm(root, { recursive: true, force: true })
})

async function files(dir: string): Promise<string[]> {
  const entries = await fs.readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((e) => e.isFile()).map((e) => path.join(e.parentPath, e.name))
}

const makers: readonly (readonly [string, () => Promise<Store>])[] = [
  ['on disk', async () => nodeStore(path.join(await temporary(), 'deep', 'store'))],
  [
    'in OPFS',
    async () => {
      const root = memoryFolder()
      return opfsStore('Photos & more', async () => root)
    },
  ],
]

describe.each(makers)('a store %s', (_, make) => {
  test('gives back what was put, and nothing else', async () => {
    const store = await make()
    expect(await store.get('a')).toBeUndefined()
    expect(await store.has('a')).toBe(false)
    expect(await store.keys()).toEqual([])
    await store.delete('a')
    const key = await recordKey('features', new Uint8Array([1, 2]), { b: 1 })
    await store.put(key, new Uint8Array([1, 2, 3]))
    await store.put('a', new Uint8Array(0))
    expect(await store.get(key)).toEqual(new Uint8Array([1, 2, 3]))
    expect(await store.get('a')).toEqual(new Uint8Array(0))
    expect((await store.keys()).sort()).toEqual(['a', key].sort())
    await store.put(key, new Uint8Array([9]))
    expect(await store.get(key)).toEqual(new Uint8Array([9]))
    await store.delete(key)
    expect(await store.has(key)).toBe(false)
    expect(await store.keys()).toEqual(['a'])
  })

  test('takes any key, apart from others that a file system might confuse it with', async () => {
    const store = await make()
    const keys = ['A', 'a', '\u00e9', 'e\u0301', '../up', 'con', 'x/y', 'a.rec', '%41']
    for (const [i, key] of keys.entries()) await store.put(key, new Uint8Array([i]))
    for (const [i, key] of keys.entries()) expect(await store.get(key)).toEqual(new Uint8Array([i]))
    expect((await store.keys()).sort()).toEqual([...keys].sort())
    await expect(store.put('', new Uint8Array(1))).rejects.toMatchObject({ code: 'usage' })
  })

  test('its bytes are its own', async () => {
    const store = await make()
    const bytes = new Uint8Array([1, 2, 3])
    await store.put('a', bytes)
    bytes.fill(0)
    const got = (await store.get('a'))!
    expect(got).toEqual(new Uint8Array([1, 2, 3]))
    expect(got.byteOffset).toBe(0)
    expect(got.buffer.byteLength).toBe(3)
  })
})

test('names of records are reversible and lower-case', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), (key) => {
      const name = recordName(key)
      expect(name).toMatch(/^[a-z0-9_.%-]+$/)
      expect(recordKeyOf(name)).toBe(key)
    }),
  )
})

test('a damaged record counts as none: any bit turned, any part cut', async () => {
  const dir = await temporary()
  const store = nodeStore(dir)
  await store.put('a', new Uint8Array(100).fill(5))
  const [file] = await files(dir)
  const whole = await fs.readFile(file!)
  for (let at = 0; at < whole.length; at++) {
    const damaged = Buffer.from(whole)
    damaged[at]! ^= 1 << (at % 8)
    await fs.writeFile(file!, damaged)
    expect(await store.get('a')).toBeUndefined()
  }
  for (const length of [0, 5, 72, 73, whole.length - 1]) {
    await fs.writeFile(file!, whole.subarray(0, length))
    expect(await store.has('a')).toBe(false)
  }
  await fs.writeFile(file!, Buffer.concat([whole, Buffer.from([0])]))
  expect(await store.has('a')).toBe(false)
  await store.put('a', new Uint8Array(100).fill(5))
  expect(await store.has('a')).toBe(true)
})

test('nothing is created before the first record; what dead processes left is removed', async () => {
  const root = await temporary()
  const dir = path.join(root, 'store')
  const store = nodeStore(dir)
  expect(await store.keys()).toEqual([])
  expect(await fs.readdir(root)).toEqual([])
  await fs.mkdir(path.join(dir, 'tmp'), { recursive: true })
  await fs.writeFile(path.join(dir, 'tmp', '.4194399-x.tmp'), 'left') // beyond Linux's largest process id
  await fs.writeFile(path.join(dir, 'tmp', `.${process.pid}-y.tmp`), 'in work')
  await store.put('a', new Uint8Array(1))
  expect(await fs.readdir(path.join(dir, 'tmp'))).toEqual([`.${process.pid}-y.tmp`])
})

test('many writers of one key leave one whole record', async () => {
  const dir = await temporary()
  const stores = Array.from({ length: 4 }, () => nodeStore(dir))
  const bytes = new Uint8Array(50_000).fill(3)
  await Promise.all(Array.from({ length: 40 }, (_, i) => stores[i % 4]!.put('a', bytes)))
  expect(await stores[0]!.get('a')).toEqual(bytes)
  expect(await files(dir)).toHaveLength(1)
})

test('a place that cannot be written is an io error that names it and says what to do', async () => {
  const root = await temporary()
  const blocked = path.join(root, 'file')
  await fs.writeFile(blocked, 'x')
  const put = nodeStore(path.join(blocked, 'store')).put('a', new Uint8Array(1))
  await expect(put).rejects.toMatchObject({ code: 'io', message: expect.stringContaining(blocked) })
})

// /dev/full refuses every write with ENOSPC; it is Linux's.
test.runIf(process.platform === 'linux')('a full disk is an io error with advice, and leaves no trace', async () => {
  const { ioError } = await import('./io-error.node.js')
  const full = await fs.writeFile('/dev/full', 'x').catch((error: unknown) => ioError(error, '/dev/full', 'store'))
  expect(full).toMatchObject({ code: 'io', message: expect.stringMatching(/disk is full.*goes on where it stopped/) })
  const root = await temporary()
  await fs.mkdir(path.join(root, 'target', 'not-empty'), { recursive: true })
  await expect(writeWhole(path.join(root, 'target'), new Uint8Array(9))).rejects.toThrow()
  expect(await fs.readdir(root)).toEqual(['target'])
})
