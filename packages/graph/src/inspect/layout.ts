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

const MARGIN = 12

/** Places boxes in layers from left to right (Sugiyama's method, as dagre does it) and routes the edges between them. */
export function layered(boxes: readonly Box[], edges: readonly Edge[]): Placed {
  const graph = new DagreGraph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 22, edgesep: 10, ranker: 'tight-tree' })
  boxes.forEach((box, i) => {
    graph.setNode(`${i}`, { ...box })
  })
  edges.forEach(({ from, to, label }, i) => {
    graph.setEdge(`${from}`, `${to}`, { ...label, labelpos: 'c' }, `${i}`)
  })
  layout(graph)
  const placed = boxes.map((_, i) => graph.node(`${i}`) as unknown as Point)
  const routed = edges.map(({ from, to }, i) => {
    const { points, x, y } = graph.edge(`${from}`, `${to}`, `${i}`) as unknown as Point & { points: Point[] }
    return { points, label: { x, y } }
  })
  // (dagre's own size leaves out how far edges swing.)
  const ends = placed.flatMap(({ x, y }, i) => {
    const [w, h] = [boxes[i].width / 2, boxes[i].height / 2]
    return [
      { x: x - w, y: y - h },
      { x: x + w, y: y + h },
    ]
  })
  const all = [...ends, ...routed.flatMap(({ points }) => points)]
  const low = { x: Math.min(...all.map(({ x }) => x)) - MARGIN, y: Math.min(...all.map(({ y }) => y)) - MARGIN }
  const high = { x: Math.max(...all.map(({ x }) => x)) + MARGIN, y: Math.max(...all.map(({ y }) => y)) + MARGIN }
  const moved = ({ x, y }: Point): Point => ({ x: x - low.x, y: y - low.y })
  return {
    size: { width: high.x - low.x, height: high.y - low.y },
    boxes: placed.map(moved),
    edges: routed.map(({ points, label }) => ({ points: points.map(moved), label: moved(label) })),
  }
}
