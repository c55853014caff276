import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Peer, startPeer } from './peer.js'

const here = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const JS_PEERS = here('../../peers')

/** The JavaScript peers are installed when they are first wanted: 300 MB that nobody else needs. */
function installed(): boolean {
  if (!existsSync(path.join(JS_PEERS, 'node_modules'))) {
    console.error('Installing the peers of bench/peers …')
    spawnSync('npm', ['ci', '--ignore-scripts'], {
      cwd: JS_PEERS,
      stdio: 'ignore',
      shell: process.platform === 'win32',
    })
  }
  return existsSync(path.join(JS_PEERS, 'node_modules'))
}

/** Each peer by name; the ratio that a training step of ours is to reach, and its models. */
export const PEERS = {
  PyTorch: { atMost: 1.4, models: ['cnn', 'resnet18', 'vitTiny', 'mlp'] },
  tfjs: { atMost: 0.25, models: ['mlp'] },
  'jax-js': { atMost: 0.4, models: ['cnn', 'resnet18', 'vitTiny', 'mlp'] },
} as const
export type PeerName = keyof typeof PEERS

/** @param limit seconds an answer of a JavaScript peer may take */
export function openPeer(name: PeerName, threads: number, limit: number): Promise<Peer> {
  if (name === 'PyTorch') {
    // (By `EPIPOLE_PYTHON`, or the system's Python.)
    const python = process.env.EPIPOLE_PYTHON ?? '/usr/bin/python3'
    const command = [python, here('../../src/graph/torch_side.py'), `${threads}`] as const
    return startPeer(name, command, { limit: 600, env: { OMP_NUM_THREADS: `${threads}` } })
  }
  if (!installed()) return Promise.resolve({ name, version: undefined, times: async () => 'not installed', close() {} })
  const options = { limit, cwd: JS_PEERS }
  if (name === 'tfjs') return startPeer(name, ['node', 'tfjs-side.mjs'], options)
  // (It wants a newer Node than ours: the npm package `node` carries one.)
  return startPeer(name, ['npx', '--yes', '--package=node@24', '--', 'node', 'jax-side.mjs'], options)
}
