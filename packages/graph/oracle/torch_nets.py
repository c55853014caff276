"""Losses and gradients of ten random small networks, by PyTorch in f64; one network a line.

    /usr/bin/python3 packages/graph/oracle/torch_nets.py         (torch 1.13; writes torch-nets.jsonl beside it)

Image, parameters (in the order in which layers ask for them) and labels come from the generator of torch_cases.py.
"""
import json
import math
import os
import random

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
state = 1


def uniform():
    global state
    state = state * 16807 % 2147483647
    return state / 2147483647


def draw(shape, scale=1.0):
    return torch.tensor([(uniform() * 4 - 2) * scale for _ in range(math.prod(shape))]).reshape(shape)


class Net:
    def __init__(self):
        self.params = []

    def param(self, shape):
        p = draw(shape, 0.3).requires_grad_()
        self.params.append(p)
        return p

    def run(self, layers, x):
        for kind, arg in layers:
            x = getattr(self, kind)(x, arg)
        return x

    def conv(self, x, a):
        w = self.param([a['out'], x.shape[1] // a['groups'], a['kernel'], a['kernel']])
        b = self.param([a['out']])
        return F.conv2d(x, w, b, stride=a['stride'], padding=a['padding'], groups=a['groups'])

    def batchNorm(self, x, _):
        g, b = self.param([x.shape[1]]), self.param([x.shape[1]])
        return F.batch_norm(x, None, None, g, b, training=True)

    def layerNorm(self, x, _):
        g, b = self.param([x.shape[-1]]), self.param([x.shape[-1]])
        return F.layer_norm(x, [x.shape[-1]], g, b)

    def act(self, x, name):
        return {'relu': F.relu, 'gelu': F.gelu, 'silu': F.silu, 'tanh': torch.tanh, 'softplus': F.softplus}[name](x)

    def maxPool(self, x, k): return F.max_pool2d(x, k, stride=2, padding=1)
    def avgPool(self, x, k): return F.avg_pool2d(x, k)
    def upsample(self, x, mode): return F.interpolate(x, scale_factor=2, mode=mode, **({} if mode == 'nearest' else {'align_corners': False}))
    def residual(self, x, layers): return x + self.run(layers, x)
    def tokens(self, x, _): return x.flatten(2).transpose(1, 2)
    def pool(self, x, _): return x.mean(1)
    def globalPool(self, x, _): return x.mean([2, 3])

    def linear(self, x, out):
        w, b = self.param([out, x.shape[-1]]), self.param([out])
        return F.linear(x, w, b)

    def attention(self, x, heads):
        n, t, c = x.shape
        qkv = self.linear(x, 3 * c).reshape(n, t, 3, heads, c // heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        y = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(c // heads), -1) @ v
        return self.linear(y.permute(0, 2, 1, 3).reshape(n, t, c), c)


def random_layers(r):
    act = lambda: ['act', r.choice(['relu', 'gelu', 'silu', 'tanh', 'softplus'])]
    conv = lambda out, groups=1, stride=1: ['conv', {'out': out, 'kernel': 3, 'stride': stride, 'padding': 1, 'groups': groups}]
    c = r.choice([2, 4])
    layers = [conv(c, stride=r.choice([1, 2])), ['batchNorm', None], act()]
    if r.random() < 0.4: layers.append(['maxPool', 3])
    if r.random() < 0.5: layers.append(['residual', [conv(c, groups=r.choice([1, 2])), ['batchNorm', None], act(), conv(c)]])
    if r.random() < 0.3: layers.append(['upsample', r.choice(['nearest', 'bilinear'])])
    if r.random() < 0.5: layers.append(['avgPool', 2])
    if r.random() < 0.5:
        layers.append(['tokens', None])
        layers.append(['residual', [['layerNorm', None], ['attention', r.choice([1, 2])]]])
        layers.append(['residual', [['layerNorm', None], ['linear', 5], act(), ['linear', c]]])
        layers.append(['pool', None])
    else:
        layers.append(['globalPool', None])
    return layers + [['linear', 4], act(), ['linear', 3]]


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'torch-nets.jsonl'), 'w') as out:
    for seed in range(1, 11):
        layers = random_layers(random.Random(seed))
        state = seed
        image = draw([3, 2, 8, 8])
        labels = torch.tensor([math.floor(uniform() * 3) for _ in range(3)])
        net = Net()
        loss = F.cross_entropy(net.run(layers, image), labels)
        grads = torch.autograd.grad(loss, net.params)
        out.write(json.dumps({'seed': seed, 'layers': layers, 'loss': loss.item(),
                              'grads': [[float('%.13g' % v) for v in g.reshape(-1).tolist()] for g in grads]}, separators=(',', ':')) + '\n')
