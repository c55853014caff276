import type { Runtime, RuntimeSession } from './runtime.js'

/** A session some executables run on; kept a while after the last one is closed, since the same graph often comes again. */
export interface SharedSession {
  readonly run: RuntimeSession['run']
  readonly key: string
}

interface Entry {
  readonly key: string
  /** Being made or ready: who asks for it meanwhile shares it. */
  readonly session: Promise<RuntimeSession>
  users: number
}

/** Sessions by what their models say (names, shapes and constants: a graph of equal structure is an equal model). */
export class SessionCache {
  readonly #entries = new Map<string, Entry>()
  readonly #keepIdle: number

  /** @param keepIdle how many sessions without a user stay; the one unused for longest goes first */
  constructor(keepIdle = 4) {
    this.#keepIdle = keepIdle
  }

  async open({ InferenceSession, sessionOptions }: Runtime, model: Uint8Array): Promise<SharedSession> {
    const key = digest(model)
    const entry = this.#entries.get(key) ?? { key, session: InferenceSession.create(model, sessionOptions), users: 0 }
    entry.users++
    this.#touch(entry)
    try {
      const session = await entry.session
      return { key, run: (feeds, fetches) => session.run(feeds, fetches) }
    } catch (error) {
      this.#entries.delete(key)
      throw error
    }
  }

  async close({ key }: SharedSession): Promise<void> {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    entry.users--
    this.#touch(entry)
    const idle = [...this.#entries.values()].filter(({ users }) => users === 0)
    for (const old of idle.slice(0, Math.max(0, idle.length - this.#keepIdle))) {
      this.#entries.delete(old.key)
      await release(old)
    }
  }

  /** Frees all sessions, used or not. */
  async end(): Promise<void> {
    const all = [...this.#entries.values()]
    this.#entries.clear()
    for (const entry of all) await release(entry)
  }

  #touch(entry: Entry): void {
    this.#entries.delete(entry.key)
    this.#entries.set(entry.key, entry)
  }
}

/** (One that could not be made has nothing to be freed.) */
const release = ({ session }: Entry): Promise<void> =>
  session.then(
    (ready) => ready.release(),
    () => {},
  )

/** 64 bits of the bytes (two runs of FNV-1a over words) and their number. */
export function digest(bytes: Uint8Array): string {
  const words = new Uint32Array(new Uint8Array(bytes.subarray(0, bytes.length & ~3)).buffer)
  let a = 0x811c9dc5
  let b = 0x01234567
  const mix = (x: number) => {
    a = Math.imul(a ^ x, 0x01000193)
    b = Math.imul((b ^ x) + 0x9e3779b9, 0x85ebca6b)
    b ^= b >>> 13
  }
  for (let i = 0; i < words.length; i++) mix(words[i] as number)
  for (let i = bytes.length & ~3; i < bytes.length; i++) mix(bytes[i] as number)
  return `${bytes.length}-${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}`
}
