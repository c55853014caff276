import type { Device } from '@epipole/graph'
import { noPeer, type Row, row } from '../rows.js'
import { ourCifar } from './cifar.js'
import { loadData } from './data.js'

/**
 * Whether Muon reaches AdamW's accuracy in fewer steps: AdamW runs through its whole schedule, then Muon through its own in
 * parts of those steps, the shortest first, until it is as good.
 */
export async function benchMuonAdam(device: Device, steps: number): Promise<Row[]> {
  const data = await loadData('cifar')
  const name = `CIFAR subset, residual net, Muon beside AdamW`
  console.log(`  AdamW, ${steps} steps`)
  const adam = await ourCifar(data, 'adamW', 0, device, { steps })
  console.log('   ', adam)
  const rows: Row[] = [row(name, `AdamW in ${steps} steps`, '%', 100 * adam.accuracy, noPeer, { of: 'nothing' })]
  let reached: number | undefined
  for (const part of PARTS) {
    const fewer = Math.round(part * steps)
    console.log(`  Muon, ${fewer} steps`)
    const muon = await ourCifar(data, 'muon', 0, device, { steps: fewer })
    console.log('   ', muon)
    rows.push(row(name, `Muon in ${fewer} steps`, '%', 100 * muon.accuracy, noPeer, { of: 'nothing' }))
    if (muon.accuracy < adam.accuracy) continue
    reached = fewer
    break
  }
  // Where it never does there is no number, and the target is missed.
  const need = reached === undefined ? undefined : reached / steps
  rows.push(row(name, "Muon's part of AdamW's steps to its accuracy", '', need, noPeer, { of: 'ours', atMost: 0.99 }))
  console.log(
    reached === undefined
      ? '  Muon did not reach the accuracy of AdamW.'
      : `  Muon reached the accuracy of AdamW in ${reached} of its ${steps} steps.`,
  )
  return rows
}

const PARTS = [0.5, 0.75]
