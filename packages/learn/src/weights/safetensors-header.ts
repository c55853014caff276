import { ELEMENT_TYPES, type ElementCode } from './element-types.js'

/** Where an array lies in a safetensors file: bytes `from` … `to` behind the header. */
export interface TensorPlace {
  readonly name: string
  readonly code: ElementCode
  readonly shape: readonly number[]
  readonly from: number
  readonly to: number
}

type Fail = (problem: string) => never

/** More would be no header but an attack. */
const MAX_HEADER = 100_000_000

/**
 * Reads the header of a safetensors file: where each array lies, and the file's words about them. Arrays must fill all bytes behind
 * the header, one after another, as the format demands: so none shares its bytes, and a small file cannot ask for much memory.
 */
export function readHeader(
  bytes: Uint8Array,
  fail: Fail,
): { places: TensorPlace[]; metadata: Readonly<Record<string, string>>; start: number } {
  if (bytes.length < 8) fail('a safetensors file starts with eight bytes of header length, this one ends')
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (length > Math.min(bytes.length - 8, MAX_HEADER))
    fail(`a header of ${length} bytes is announced, the file has ${bytes.length}`)
  const start = 8 + length
  const { __metadata__: metadata = {}, ...entries } = parse(bytes.subarray(8, start), fail)
  const isWords = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
  if (!isWords || Object.values(metadata).some((v) => typeof v !== 'string')) fail('its metadata is not words by name')
  const room = bytes.length - start
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry, room, fail))
  checkFilled(places, room, fail)
  return { places, metadata: metadata as Record<string, string>, start }
}

function parse(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let text = ''
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    value = JSON.parse(text)
  } catch {
    // Said below.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('the header is no JSON object')
  const twice = repeatedName(text)
  if (twice !== undefined) fail(`"${twice}" stands twice in the header`)
  return value as Record<string, unknown>
}

/** A name that stands twice at the top of a JSON object; of two, `JSON.parse` keeps the last without a word. */
function repeatedName(json: string): string | undefined {
  const seen = new Set<string>()
  let depth = 0
  let last = ''
  for (let i = 0; i < json.length; i++) {
    const c = json[i]
    if (c === '"') {
      const from = i
      for (i++; json[i] !== '"'; i++) if (json[i] === '\\') i++
      last = json.slice(from, i + 1)
    } else if (c === '{' || c === '[') depth++
    else if (c === '}' || c === ']') depth--
    else if (c === ':' && depth === 1) {
      const name = JSON.parse(last) as string
      if (seen.has(name)) return name
      seen.add(name)
    }
  }
  return undefined
}

function placeOf(name: string, value: unknown, room: number, fail: Fail): TensorPlace {
  const entry = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null
  const code = entry?.dtype as ElementCode
  if (!Object.hasOwn(ELEMENT_TYPES, code ?? ''))
    fail(`"${name}" has the element type ${String(code)}, which is not read`)
  const shape = entry?.shape as number[]
  const whole = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0
  if (!Array.isArray(shape) || !shape.every(whole)) fail(`"${name}" has no shape of whole numbers`)
  const [from, to] = Array.isArray(entry?.data_offsets) ? (entry.data_offsets as number[]) : []
  const size = shape.reduce((a, b) => a * b, 1) * ELEMENT_TYPES[code].bytes
  if (!whole(from) || !whole(to) || to > room || to - from !== size)
    return fail(`"${name}", ${code}[${shape}], takes ${size} bytes; bytes ${from} to ${to} of ${room} are named`)
  return { name, code, shape, from, to }
}

function checkFilled(places: readonly TensorPlace[], room: number, fail: Fail): void {
  const inOrder = [...places].sort((a, b) => a.from - b.from || a.to - b.to)
  let end = 0
  let before = ''
  for (const { name, from, to } of inOrder) {
    if (from < end) fail(`"${name}" shares its bytes with "${before}"`)
    if (from > end) fail(`bytes ${end} to ${from} behind the header belong to no array`)
    end = to
    before = name
  }
  if (end < room) fail(`bytes ${end} to ${room} behind the header belong to no array`)
}
