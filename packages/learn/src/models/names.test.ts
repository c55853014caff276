import { expect, test } from 'vitest'
import type { LayerLike } from '../layers/layer.js'
import { arraysOf } from '../layers/variables.js'
import { CONVNEXT_V2_SIZES, convNeXtV2 } from './convnext-v2.js'
import { resNet18 } from './resnet.js'
import { VIT_SIZES, vit } from './vit.js'

/* Every name and shape, as torchvision 0.15 and timm 0.9 have them in `state_dict()` (without `num_batches_tracked`). */

const listed = (model: LayerLike) =>
  [...arraysOf(model), ...arraysOf(model, 'buffers')].map(({ name, shape }) => `${name} ${shape.join('×')}`).sort()
const both = (name: string, outputs: number, ...rest: (number | string)[]) => [
  `${name}.weight ${[outputs, ...rest].join('×')}`,
  `${name}.bias ${outputs}`,
]
const range = (n: number) => Array.from({ length: n }, (_, i) => i)

test('resnet18 of torchvision', () => {
  const norm = (name: string, n: number) => [...both(name, n), `${name}.running_mean ${n}`, `${name}.running_var ${n}`]
  const names = ['conv1.weight 64×3×7×7', ...norm('bn1', 64), ...both('fc', 1000, 512)]
  for (const stage of range(4)) {
    const width = 64 * 2 ** stage
    for (const block of range(2)) {
      const at = `layer${stage + 1}.${block}`
      const inputs = block === 0 && stage > 0 ? width / 2 : width
      names.push(`${at}.conv1.weight ${width}×${inputs}×3×3`, ...norm(`${at}.bn1`, width))
      names.push(`${at}.conv2.weight ${width}×${width}×3×3`, ...norm(`${at}.bn2`, width))
      if (inputs !== width)
        names.push(`${at}.downsample.0.weight ${width}×${inputs}×1×1`, ...norm(`${at}.downsample.1`, width))
    }
  }
  expect(listed(resNet18())).toEqual(names.sort())
})

test.each(Object.entries(CONVNEXT_V2_SIZES))('convnextv2_%s of timm', (_, { depths, widths }) => {
  const last = widths[3]
  const names = [...both('stem.0', widths[0], 3, 4, 4), ...both('stem.1', widths[0])]
  names.push(...both('head.norm', last), ...both('head.fc', 1000, last))
  for (const stage of range(4)) {
    const width = widths[stage]
    if (stage > 0) {
      names.push(...both(`stages.${stage}.downsample.0`, widths[stage - 1]))
      names.push(...both(`stages.${stage}.downsample.1`, width, widths[stage - 1], 2, 2))
    }
    for (const block of range(depths[stage])) {
      const at = `stages.${stage}.blocks.${block}`
      names.push(...both(`${at}.conv_dw`, width, 1, 7, 7), ...both(`${at}.norm`, width))
      names.push(...both(`${at}.mlp.fc1`, 4 * width, width), ...both(`${at}.mlp.grn`, 4 * width))
      names.push(...both(`${at}.mlp.fc2`, width, 4 * width))
    }
  }
  expect(listed(convNeXtV2({ depths, widths }))).toEqual(names.sort())
})

test.each(Object.entries(VIT_SIZES))('vit_%s_patch16_224 of timm', (_, size) => {
  const { width, depth } = size
  const names = [`cls_token 1×1×${width}`, `pos_embed 1×197×${width}`, ...both('patch_embed.proj', width, 3, 16, 16)]
  names.push(...both('norm', width), ...both('head', 1000, width))
  for (const block of range(depth)) {
    const at = `blocks.${block}`
    names.push(...both(`${at}.norm1`, width), ...both(`${at}.norm2`, width))
    names.push(...both(`${at}.attn.qkv`, 3 * width, width), ...both(`${at}.attn.proj`, width, width))
    names.push(...both(`${at}.mlp.fc1`, 4 * width, width), ...both(`${at}.mlp.fc2`, width, 4 * width))
  }
  expect(listed(vit(size))).toEqual(names.sort())
})
