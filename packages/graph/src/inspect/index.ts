export { type GraphCost, graphCost, type NodeCost } from './cost.js'
export { type Explanation, explain } from './explain.js'
export { graphSvg } from './svg.js'
export { graphText } from './text.js'
