// The pinhole camera: a cube of the world, its picture on the image plane at f, and the rays between, seen by another camera of
// the library.
import { invert, lookAt, pinhole, pixelFromPoint, transformPoint } from '@epipole/geometry'

const [WIDTH, HEIGHT] = [720, 360]

export function pinholeSketch() {
  const drawer = pinhole({ f: 760, width: WIDTH, height: HEIGHT })
  // The camera that is shown: at the origin of its own frame, its image plane at z = 1.
  const drawerFromCam = lookAt([-3.4, -2.2, -1.2], [0.42, 0.45, 1.75])
  const draw = (point) => {
    const seen = pixelFromPoint(drawer, transformPoint(drawerFromCam, point))
    if (!seen.ok) throw new Error(`pinhole sketch: ${point} is ${seen.reason}`)
    return [seen.x, seen.y]
  }
  const line = (a, b, style) => {
    const [[x1, y1], [x2, y2]] = [draw(a), draw(b)]
    return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" ${style}/>`
  }
  const label = (point, text, dx = 6, dy = -6) => {
    const [x, y] = draw(point)
    return `<text x="${px(x + dx)}" y="${px(y + dy)}">${text}</text>`
  }
  const polygon = (points, style) =>
    `<polygon points="${points.map((p) => draw(p).map(px).join(',')).join(' ')}" ${style}/>`

  // A cube in the world, 3.4 away and turned; its corners in the camera frame.
  const camFromCube = invert(lookAt([-1.2, -0.9, -3], [0.1, 0, 0]))
  const corners = Array.from({ length: 8 }, (_, k) =>
    transformPoint(
      camFromCube,
      [0, 1, 2].map((b) => ((k >> b) & 1 ? 0.42 : -0.42)),
    ),
  ).map(([x, y, z]) => [x + 1.5, y + 1.1, z + 6.2])
  const edges = corners.flatMap((_, k) => [1, 2, 4].filter((bit) => !(k & bit)).map((bit) => [k, k | bit]))
  const onPlane = ([x, y, z]) => [x / z, y / z, 1]

  const black = 'stroke="#222" stroke-width="1.5"'
  const frame = [
    [-0.5, -0.4, 1],
    [0.5, -0.4, 1],
    [0.5, 0.4, 1],
    [-0.5, 0.4, 1],
  ]
  const O = [0, 0, 0]
  const parts = [
    ...corners.map((corner) => line(O, corner, 'stroke="#d95f02" stroke-width="0.6" stroke-opacity="0.55"')),
    line(O, [0, 0, 3.4], 'stroke="#222" stroke-width="1" stroke-dasharray="6 4"'),
    polygon(frame, 'fill="#1b6ca8" fill-opacity="0.12" stroke="#1b6ca8" stroke-width="1.5"'),
    ...edges.map(([a, b]) => line(corners[a], corners[b], black)),
    ...edges.map(([a, b]) => line(onPlane(corners[a]), onPlane(corners[b]), 'stroke="#1b6ca8" stroke-width="1.5"')),
    line(O, [0.45, 0, 0], black),
    line(O, [0, 0.45, 0], black),
    label([0.45, 0, 0], 'x', 4, -4),
    label([0, 0.45, 0], 'y', -4, 16),
    label([0, 0, 3.4], 'z', -14, 0),
    label(O, 'C', 8, 12),
    label([0, 0, 1], '(cx, cy)', -62, 60),
    label([0.5, -0.4, 1], 'image plane, z = f', -50, -10),
    label(corners[3], 'X', 8, -4),
    label(onPlane(corners[3]), 'x = K (R X + t)', 6, 96),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Georgia, serif" font-style="italic" font-size="15">`,
    '<title>The pinhole camera</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

const px = (value) => value.toFixed(1)
