const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
export const escapeText = (text: string): string => text.replace(/[&<>"]/g, (c) => ENTITIES[c])

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly size?: number
  readonly color?: string
  /** Width of a white edge that keeps text readable over lines. */
  readonly halo?: number
}

export const svgText = (
  x: number,
  y: number,
  text: string,
  { anchor = 'start', size = 12, color = '#222', halo = 0 }: TextOptions = {},
) =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="${color}" paint-order="stroke" stroke="#fff" stroke-width="${halo}">${escapeText(text)}</text>`

/** A drawing on white, self-contained. */
export const svgPage = (width: number, height: number, title: string, body: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n')
