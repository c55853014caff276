import type { RandomStream } from '@epipole/core'
import type { MeshSink, Vec } from '../trace/mesh.js'
import { block, boxCorners } from './block.js'
import { lathe } from './lathe.js'
import { arch, masonry } from './masonry.js'
import { foliage, rock, terrain } from './natural.js'
import type { Shape } from './shape.js'

/** Turns a shape into primitives of the part's frame. Equal shapes with equal streams give equal primitives. */
export function buildShape(sink: MeshSink, shape: Shape, random: RandomStream): void {
  switch (shape.kind) {
    case 'rectangle':
      sink.parallelogram(shape.corner, shape.u, shape.v, random.int(1 << 30))
      break
    case 'box':
      block(sink, boxCorners(shape.min, shape.max), shape.bevel ?? 0, random.int(1 << 30))
      break
    case 'prism':
      prism(sink, shape.polygon, shape.y, random.int(1 << 30))
      break
    case 'masonry':
      masonry(sink, shape, random)
      break
    case 'arch':
      arch(sink, shape, random)
      break
    case 'lathe':
      lathe(sink, shape, random.int(1 << 30))
      break
    case 'rock':
      rock(sink, shape, random)
      break
    case 'foliage':
      foliage(sink, shape, random)
      break
    case 'terrain':
      terrain(sink, shape, random)
      break
  }
}

function prism(
  sink: MeshSink,
  polygon: readonly (readonly [number, number])[],
  [y0, y1]: readonly [number, number],
  cell: number,
): void {
  const n = polygon.length
  const front = polygon.map(([x, z]): Vec => [x, y0, z])
  const back = polygon.map(([x, z]): Vec => [x, y1, z])
  for (let i = 0; i < n; i++) {
    const j = (i + 1) % n
    const [x0, , z0] = front[i]
    const [x1, , z1] = front[j]
    sink.parallelogram(front[i], [0, y1 - y0, 0], [x1 - x0, 0, z1 - z0], cell)
    if (i >= 1 && i + 1 < n) {
      sink.triangle(front[0], front[i], front[i + 1], cell)
      sink.triangle(back[0], back[i + 1], back[i], cell)
    }
  }
}
