type Numbers = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array

/** Bytes of a typed array (little-endian, as every engine we run on stores them) as base64, in Node and browsers alike. */
export function toBase64(array: Numbers): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  const chunk = 0x8000
  let binary = ''
  for (let i = 0; i < bytes.length; i += chunk) {
    binary += String.fromCharCode(...bytes.subarray(i, i + chunk))
  }
  return btoa(binary)
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

/** Characters that `byteLength` bytes take as base64. */
export function base64Length(byteLength: number): number {
  return 4 * Math.ceil(byteLength / 3)
}
