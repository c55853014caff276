/** At most `most` round numbers (1, 2 or 5 times a power of ten apart) from low to high. */
export function roundTicks(low: number, high: number, most = 5): number[] {
  const least = (high - low) / most
  const power = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((s) => (high - low) / s <= most) as number
  const ticks: number[] = []
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
    ticks.push(Number((i * step).toPrecision(9)))
  return ticks
}

/** Powers of ten from low to high; round numbers where there are less than two, every second or third power where there are many. */
export function powerTicks(low: number, high: number, most = 6): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)]
  if (last - first < 1) return roundTicks(low, high)
  const step = Math.ceil((last - first + 1) / most)
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => Number(`1e${first + i * step}`))
}

/** A tick as text: 250, 0.05, 1e-5. */
export function showTick(v: number): string {
  const size = Math.abs(v)
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return Number(v.toPrecision(6)).toExponential().replace('+', '')
  return `${Number(v.toPrecision(6))}`
}
