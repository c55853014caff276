/** The end-of-image marker, with at most trailing bytes behind it that hold no further start of an image's scan. */
export function endsAsJpeg(bytes: Uint8Array): boolean {
  for (let i = bytes.length - 2; i >= 2; i--) {
    if (bytes[i] !== 0xff) continue
    const code = bytes[i + 1]!
    if (code === 0xd9) return true
    // Entropy-coded data has only stuffed zeros and restarts behind 0xff: here it ran to the end of the file.
    if (code === 0xda) return false
  }
  return false
}
