import { escapeHtml } from '../escape-html.js'

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
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="${color}" paint-order="stroke" stroke="#fff" stroke-width="${halo}">${escapeHtml(text)}</text>`

/** A drawing on white, self-contained. */
export const svgPage = (width: number, height: number, title: string, body: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img">`,
    `<title>${escapeHtml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n')
