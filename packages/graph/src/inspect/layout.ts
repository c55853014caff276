import { Graph as DagreGraph, layout } from '@dagrejs/dagre'

export interface Box {
  readonly width: number
  readonly height: number
}
export interface Point {
  readonly x: number
  readonly y: number
}
export interface Edge {
  readonly from: number
  readonly to: number
  /** Room for a label in its middle. */
  readonly label: Box
}
export interface Placed {
  readonly size: Box
  /** Middles of the boxes. */
  readonly boxes: readonly Point[]
  readonly edges: readonly { readonly points: readonly Point[]; readonly label: Point }[]
}

/** Places boxes in layers from left to right (Sugiyama's method, as dagre does it) and routes the edges between them. */
export function layered(boxes: readonly Box[], edges: readonly Edge[]): Placed {
  const graph = new DagreGraph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 22, edgesep: 10, marginx: 12, marginy: 12 })
  boxes.forEach((box, i) => {
    graph.setNode(`${i}`, { ...box })
  })
  edges.forEach(({ from, to, label }, i) => {
    graph.setEdge(`${from}`, `${to}`, { ...label, labelpos: 'c' }, `${i}`)
  })
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as Partial<Box>
  return {
    size: { width, height },
    boxes: boxes.map((_, i) => graph.node(`${i}`) as unknown as Point),
    edges: edges.map(({ from, to }, i) => {
      const { points, x, y } = graph.edge(`${from}`, `${to}`, `${i}`) as unknown as Point & { points: Point[] }
      return { points, label: { x, y } }
    }),
  }
}
