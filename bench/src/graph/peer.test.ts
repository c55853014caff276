import { expect, test } from 'vitest'
import { startPeer } from './peer.js'

/** A peer that says its version, takes 7 ms for each step, and has neither a model called `none` nor an answer about `slow`. */
const script = `console.log('echo 1')
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [model, what, repeats] = line.split(' ')
  if (model === 'none') console.log('no such model')
  else if (model !== 'slow') console.log(Array(Number(repeats)).fill(what === 'train' ? 7 : 3).join(' '))
})`
const command = [process.execPath, '-e', script] as const

test('a peer tells its version, times, and why there are none', async () => {
  const peer = await startPeer('echo', command, { limit: 20 })
  expect(peer.version).toBe('echo 1')
  expect(await peer.times('any', 'train', 3)).toEqual([7, 7, 7])
  expect(await peer.times('none', 'train', 1)).toBe('no such model')
  expect(await peer.times('any', 'infer', 1)).toEqual([3])
  peer.close()
})

test('one that takes too long is ended, and starts anew', async () => {
  const peer = await startPeer('echo', command, { limit: 2 })
  expect(await peer.times('slow', 'train', 1)).toBe('no answer within 2 s')
  expect(await peer.times('any', 'train', 1)).toEqual([7])
  peer.close()
})

test('one that is not there is not installed', async () => {
  const peer = await startPeer('nobody', ['/nowhere/python3'], { limit: 20 })
  expect(peer.version).toBeUndefined()
  expect(await peer.times('any', 'train', 1)).toBe('not installed')
  const broken = await startPeer('broken', [process.execPath, '-e', 'process.exit(1)'], { limit: 20 })
  expect(await broken.times('any', 'train', 1)).toBe('not installed')
})
