// The textbook's example of RANSAC: a straight line through points of which a third lie anywhere, beside ordinary least squares.
import { randomStream } from '@epipole/core'
import { linearRegressionEstimator, ransac } from '@epipole/geometry'

const [WIDTH, HEIGHT, SCALE] = [640, 400, 40]
const THRESHOLD = 0.6

const px = (x) => (WIDTH / 2 + SCALE * x).toFixed(1)
const py = (y) => (HEIGHT / 2 - SCALE * y).toFixed(1)

function points() {
  const random = randomStream(3, 'figure')
  return Array.from({ length: 90 }, (_, i) => {
    const x = random.uniform(-7, 7)
    return i < 60 ? [x, 0.5 * x - 0.6 + 0.2 * random.normal()] : [random.uniform(-7.5, 2), random.uniform(0, 4.6)]
  })
}

function line([b0, b1], shift, attributes) {
  const y = (x) => py(b0 + b1 * x + shift)
  return `<line x1="${px(-8)}" y1="${y(-8)}" x2="${px(8)}" y2="${y(8)}" ${attributes}/>`
}

/** The figure as SVG text. */
export function ransacLine() {
  const data = points()
  const features = Float64Array.from(data.flatMap(([x]) => [1, x]))
  const targets = Float64Array.from(data, ([, y]) => y)
  const estimator = linearRegressionEstimator(features, targets)
  const { model, inliers, report } = ransac(estimator, { maxResidual: THRESHOLD, seed: 1 })
  const squares = new Float64Array(2)
  estimator.refine(squares, Int32Array.from(data.keys()))

  const inside = new Set(inliers)
  const dots = data.map(
    ([x, y], i) => `<circle cx="${px(x)}" cy="${py(y)}" r="4" class="${inside.has(i) ? 'inlier' : 'outlier'}"/>`,
  )
  const words = [
    ['inlier', `${report.inliers} inliers of ${report.count} after ${report.trials} trials`],
    ['outlier', 'outliers'],
  ]
  const legend = words.map(
    ([kind, text], i) =>
      `<circle cx="400" cy="${350 + 20 * i}" r="4" class="${kind}"/><text x="412" y="${354 + 20 * i}">${text}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="13">
<title>RANSAC fits a line to its inliers; least squares is drawn away by the outliers</title>
<style>
.inlier { fill: #1a7f5a } .outlier { fill: none; stroke: #c2410c; stroke-width: 1.5 } text { fill: #333 }
.found { stroke: #1a7f5a; stroke-width: 2.5 } .bound { stroke: #1a7f5a; stroke-dasharray: 4 4 } .squares { stroke: #c2410c; stroke-width: 2 }
</style>
<rect width="100%" height="100%" fill="#fff"/>
${line(squares, 0, 'class="squares"')}
${line(model, 0, 'class="found"')}
${line(model, THRESHOLD, 'class="bound"')}
${line(model, -THRESHOLD, 'class="bound"')}
${dots.join('\n')}
${legend.join('\n')}
<text x="12" y="${Number(py(squares[0] - squares[1] * 8)) + 24}">least squares of all</text>
<text x="${WIDTH - 12}" y="${Number(py(model[0] + model[1] * 8)) + 140}" text-anchor="end">RANSAC ± maxResidual</text>
</svg>
`
}
