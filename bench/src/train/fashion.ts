import type { Device } from '@epipole/graph'
import { batchesPerEpoch, crossEntropy, train } from '@epipole/learn'
import { noPeer, type Row, row } from '../rows.js'
import type { TrainCase } from './cases.js'
import { loadData } from './data.js'
import { show } from './show.js'

/** A recipe from start to end on Fashion-MNIST, with the share of waiting for data. */
export async function benchFashion(item: TrainCase, device: Device, accuracy: number, atMost: number): Promise<Row[]> {
  const data = await loadData('fashion')
  const begun = performance.now()
  const steps = item.epochs * batchesPerEpoch(data.train.count, { size: item.batchSize })
  const result = await train({
    net: item.net,
    loss: (apply, { image, label }) => crossEntropy(apply(image), label, { smoothing: item.smoothing }),
    optimizer: item.optimizer,
    rate: item.rate(steps),
    train: data.train,
    validation: data.test,
    evaluateOnce: true, // so that the number is that of the last weights, not of the best test accuracy on the way
    preparation: { augment: item.augment },
    batchSize: item.batchSize,
    epochs: item.epochs,
    ...(item.seconds !== undefined && { seconds: item.seconds }),
    seed: 1,
    device,
    onEvent: show,
  })
  const time = (performance.now() - begun) / 1000
  const reached = 100 * (result.evaluation?.accuracy ?? 0)
  return [
    row(item.name, 'test accuracy', '%', reached, noPeer, { of: 'ours', atLeast: accuracy }),
    row(item.name, 'time', 's', time, noPeer, { of: 'ours', atMost }),
    row(item.name, 'waiting for data', '%', (100 * result.waited) / result.seconds, noPeer, { of: 'ours', atMost: 5 }),
  ]
}
