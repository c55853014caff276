// jax-js's side of bench:graph, on its WebAssembly device: the models of `src/graph/models.ts`, each step under one `jit`.
// Every use of an array counts down its references, hence the many `.ref`.
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax'
import pin from './package.json' with { type: 'json' }
import { noise, serve } from './serve.mjs'

const array = (shape, deviation, seed) => {
  const size = shape.reduce((a, b) => a * b, 1)
  return np.array(deviation === 0 ? new Float32Array(size) : noise(size, deviation, seed)).reshape(shape)
}
const linear = (w, name, x) => np.matmul(x, w[`${name}.weight`].ref).add(w[`${name}.bias`].ref)
const conv = (x, kernel, stride = 1) => {
  const pad = kernel.shape[2] >> 1
  const sides = [
    [pad, pad],
    [pad, pad],
  ]
  return lax.convGeneralDilated(x, kernel.ref, [stride, stride], sides)
}
const along = (t) => t.reshape([1, -1, 1, 1])

/** Batch normalisation by the batch's own statistics, or by those kept (0 and 1 here). */
function batchNorm(w, name, x, training) {
  const [gain, bias] = [along(w[`${name}.weight`].ref), along(w[`${name}.bias`].ref)]
  if (!training) return x.mul(gain).add(bias)
  const mean = np.mean(x.ref, [0, 2, 3], { keepdims: true })
  const centred = x.sub(mean)
  const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true })
  return centred.mul(np.reciprocal(np.sqrt(variance.add(1e-5))).mul(gain)).add(bias)
}
function layerNorm(w, name, x) {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }))
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true })
  return centred
    .mul(np.reciprocal(np.sqrt(variance.add(1e-6))))
    .mul(w[`${name}.weight`].ref)
    .add(w[`${name}.bias`].ref)
}

class Weights {
  all = {}
  normal(name, shape, deviation) {
    this.all[name] = array(shape, deviation, Object.keys(this.all).length + 1)
  }
  linear(name, from, to) {
    this.normal(`${name}.weight`, [from, to], Math.sqrt(1 / from))
    this.all[`${name}.bias`] = np.zeros([to])
  }
  conv(name, from, to, kernel) {
    this.normal(name, [to, from, kernel, kernel], Math.sqrt(2 / (from * kernel * kernel)))
  }
  norm(name, n) {
    this.all[`${name}.weight`] = np.ones([n])
    this.all[`${name}.bias`] = np.zeros([n])
  }
}

function mlp() {
  const weights = new Weights()
  ;[784, 512, 512].forEach((from, i, sizes) => {
    weights.linear(`fc${i}`, from, sizes[i + 1] ?? 10)
  })
  const forward = (w, x) => linear(w, 'fc2', nn.relu(linear(w, 'fc1', nn.relu(linear(w, 'fc0', x)))))
  return { weights, forward, input: [128, 784], adam: false }
}

function cnn() {
  const weights = new Weights()
  const layers = [
    [3, 64, 1],
    [64, 64, 1],
    [64, 128, 2],
    [128, 128, 1],
    [128, 256, 2],
    [256, 256, 1],
  ]
  layers.forEach(([from, to], i) => {
    weights.conv(`conv${i}`, from, to, 3)
    weights.norm(`norm${i}`, to)
  })
  weights.linear('head', 256, 10)
  const forward = (w, x, training) => {
    const h = layers.reduce(
      (h, [, , stride], i) => nn.relu(batchNorm(w, `norm${i}`, conv(h, w[`conv${i}`], stride), training)),
      x,
    )
    return linear(w, 'head', np.mean(h, [2, 3]))
  }
  return { weights, forward, input: [64, 3, 32, 32], adam: false }
}

function resnet18() {
  const weights = new Weights()
  weights.conv('stem', 3, 64, 3)
  weights.norm('stemNorm', 64)
  const blocks = []
  let from = 64
  ;[64, 128, 256, 512].forEach((to, stage) => {
    for (let i = 0; i < 2; i++) {
      const name = `stage${stage}.${i}`
      weights.conv(`${name}.conv1`, from, to, 3)
      weights.norm(`${name}.norm1`, to)
      weights.conv(`${name}.conv2`, to, to, 3)
      weights.norm(`${name}.norm2`, to)
      const project = from !== to
      if (project) {
        weights.conv(`${name}.project`, from, to, 1)
        weights.norm(`${name}.projectNorm`, to)
      }
      blocks.push({ name, stride: project ? 2 : 1, project })
      from = to
    }
  })
  weights.linear('head', 512, 10)
  const forward = (w, x, training) => {
    let h = nn.relu(batchNorm(w, 'stemNorm', conv(x, w.stem), training))
    for (const { name, stride, project } of blocks) {
      const inner = nn.relu(batchNorm(w, `${name}.norm1`, conv(h.ref, w[`${name}.conv1`], stride), training))
      const outer = batchNorm(w, `${name}.norm2`, conv(inner, w[`${name}.conv2`]), training)
      const short = project ? batchNorm(w, `${name}.projectNorm`, conv(h, w[`${name}.project`], stride), training) : h
      h = nn.relu(outer.add(short))
    }
    return linear(w, 'head', np.mean(h, [2, 3]))
  }
  return { weights, forward, input: [32, 3, 32, 32], adam: false }
}

function vitTiny() {
  const [width, depth, heads, patch, batch] = [192, 12, 3, 4, 64]
  const side = 32 / patch
  const tokens = side * side + 1
  const weights = new Weights()
  weights.linear('embed', 3 * patch * patch, width)
  weights.normal('class', [1, 1, width], 0.02)
  weights.normal('position', [1, tokens, width], 0.02)
  for (let i = 0; i < depth; i++) {
    weights.norm(`block${i}.norm1`, width)
    weights.linear(`block${i}.qkv`, width, 3 * width)
    weights.linear(`block${i}.proj`, width, width)
    weights.norm(`block${i}.norm2`, width)
    weights.linear(`block${i}.fc1`, width, 4 * width)
    weights.linear(`block${i}.fc2`, 4 * width, width)
  }
  weights.norm('norm', width)
  weights.linear('head', width, 10)
  const forward = (w, x) => {
    const patches = x.reshape([batch, 3, side, patch, side, patch]).transpose([0, 2, 4, 1, 3, 5])
    const embedded = linear(w, 'embed', patches.reshape([batch, side * side, 3 * patch * patch]))
    let h = np.concatenate([np.broadcastTo(w.class.ref, [batch, 1, width]), embedded], 1).add(w.position.ref)
    for (let i = 0; i < depth; i++) {
      const qkv = linear(w, `block${i}.qkv`, layerNorm(w, `block${i}.norm1`, h.ref))
      const [q, k, v] = np.split(qkv.reshape([batch, tokens, 3, heads, width / heads]), 3, 2)
      const part = (t) => t.reshape([batch, tokens, heads, width / heads])
      const seen = nn.dotProductAttention(part(q), part(k), part(v)).reshape([batch, tokens, width])
      h = h.add(linear(w, `block${i}.proj`, seen))
      const wide = nn.gelu(linear(w, `block${i}.fc1`, layerNorm(w, `block${i}.norm2`, h.ref)), { approximate: false })
      h = h.add(linear(w, `block${i}.fc2`, wide))
    }
    const [first, rest] = np.split(layerNorm(w, 'norm', h), [1], 1)
    rest.dispose()
    return linear(w, 'head', first.reshape([batch, width]))
  }
  return { weights, forward, input: [batch, 3, 32, 32], adam: true }
}

const models = { mlp, cnn, resnet18, vitTiny }

function make(name) {
  const { weights, forward, input, adam } = models[name]()
  const x = array(input, 1, 99)
  const label = nn.oneHot(np.array(Int32Array.from({ length: input[0] }, (_, i) => i % 10)), 10)
  const loss = (w, x, y) =>
    np
      .mean(
        nn
          .logSoftmax(forward(w, x, true))
          .mul(y)
          .sum(-1),
      )
      .neg()
  const slopes = valueAndGrad(loss)
  const each = (f) => Object.fromEntries(Object.keys(weights.all).map((n) => [n, f(n)]))
  const training = jit((w, m, v, x, y) => {
    const [value, g] = slopes(tree.ref(w), x, y)
    if (!adam) {
      const next = each((n) => m[n].mul(0.9).add(g[n]))
      return [value, each((n) => w[n].sub(next[n].ref.mul(1e-3))), next, v]
    }
    const first = each((n) => m[n].mul(0.9).add(g[n].ref.mul(0.1)))
    const second = each((n) => v[n].mul(0.999).add(np.square(g[n]).mul(0.001)))
    const moved = each((n) => w[n].sub(first[n].ref.mul(1e-4).div(np.sqrt(second[n].ref).add(1e-8))))
    return [value, moved, first, second]
  })
  const zeros = () => each((n) => np.zeros(weights.all[n].shape))
  let state = [weights.all, zeros(), adam ? zeros() : {}]
  const inference = jit((w, x) => forward(w, x, false))
  return {
    async train() {
      const [value, ...next] = training(...state, x.ref, label.ref)
      state = next
      await blockUntilReady(tree.ref(next))
      await value.data()
    },
    infer: async () => void (await inference(tree.ref(state[0]), x.ref).data()),
  }
}

await init('wasm')
defaultDevice('wasm')
await serve(`jax-js ${pin.dependencies['@jax-js/jax']} (wasm, Node ${process.version})`, make)
