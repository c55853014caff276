/**
 * The point being shaded, one record for all (typed, so that nothing is boxed):
 * 0–2 position in the part's frame; 3 size of a pixel there; 4–6 unit normal in the part's frame;
 * out: 7–9 albedo (linear RGB), 10–12 gradient of the relief's height.
 */
export type Surface = Float64Array

export function createSurface(): Surface {
  return new Float64Array(13)
}

export function setAlbedo(s: Surface, r: number, g: number, b: number): void {
  s[7] = Math.min(0.95, Math.max(0.01, r))
  s[8] = Math.min(0.95, Math.max(0.01, g))
  s[9] = Math.min(0.95, Math.max(0.01, b))
}

export function setSlope(s: Surface, x: number, y: number, z: number): void {
  s[10] = x
  s[11] = y
  s[12] = z
}

/** Moves the albedo towards a colour by `share`. */
export function mixAlbedo(s: Surface, share: number, r: number, g: number, b: number): void {
  s[7] += share * (r - s[7])
  s[8] += share * (g - s[8])
  s[9] += share * (b - s[9])
}
