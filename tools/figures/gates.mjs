// docs/figures/gates.svg: f = 2 (x y + max(z, w)), values forward, gradients backward.
import { add, f32, maximum, mul, scalarArray, trace } from '@epipole/graph'
import { explain, graphSvg } from '@epipole/graph/inspect'

export function gates() {
  const { graph } = trace(({ x, y, z, w }) => ({ f: mul(add(mul(x, y), maximum(z, w)), 2) }), {
    x: f32(),
    y: f32(),
    z: f32(),
    w: f32(),
  })
  const feeds = [3, -4, 2, -1].map((value) => scalarArray(value))
  return graphSvg(graph, explain(graph, feeds))
}
