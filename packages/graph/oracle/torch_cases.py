"""What PyTorch says of every operation: values and gradients in f64, one case a line.

    /usr/bin/python3 packages/graph/oracle/torch_cases.py        (torch 1.13; writes torch-cases.jsonl beside it)

Inputs are not stored: both sides draw them from the same generator (`draw`, minimal standard). Gradients are those of
sum(output * draw('any')). `kink` marks cases with ties, where central differences say nothing.
"""
import itertools
import json
import math
import os

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
state = 1


def draw(kind, shape):
    """Numbers by s <- 16807 s mod (2^31 - 1), u = s / (2^31 - 1)."""
    global state
    values = []
    for _ in range(math.prod(shape)):
        state = state * 16807 % 2147483647
        u = state / 2147483647
        if kind == 'any': values.append(u * 4 - 2)
        elif kind == 'positive': values.append(u * 2 + 0.5)
        elif kind == 'unit': values.append(u * 1.8 - 0.9)
        elif kind == 'wide': values.append(u * 60 - 30)
        elif kind == 'ties': values.append(math.floor(u * 3) - 1)
        elif kind == 'bool': values.append(u < 0.5)
        else: values.append(math.floor(u * int(kind)))  # whole numbers below
    dtype = torch.bool if kind == 'bool' else torch.int64 if kind.isdigit() else torch.float64
    return torch.tensor(values, dtype=dtype).reshape(shape)


def plain(t):
    def number(v):
        if isinstance(v, bool): return int(v)
        if isinstance(v, int): return v
        return float('%.14g' % v) if math.isfinite(v) else str(v)
    return [number(v) for v in t.detach().reshape(-1).tolist()]


out = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'torch-cases.jsonl'), 'w')


def case(op, f, inputs, attrs=None, kink=False):
    """inputs: (kind, shape); f takes the tensors and the attributes."""
    global state
    attrs = attrs or {}
    state = 1 + (hash_of(op) * 7919 + hash_of(json.dumps([inputs, attrs]))) % 2147483646
    seed = state
    xs = [draw(kind, shape) for kind, shape in inputs]
    for x in xs:
        if x.is_floating_point(): x.requires_grad_()
    y = f(*xs, **attrs)
    grads = []
    if y.is_floating_point():
        weights = draw('any', list(y.shape))
        floats = [x for x in xs if x.requires_grad]
        if y.requires_grad and floats:
            got = torch.autograd.grad((y * weights).sum(), floats, allow_unused=True)
            got = iter([torch.zeros_like(x) if g is None else g for x, g in zip(floats, got)])
            grads = [plain(next(got)) if x.requires_grad else None for x in xs]
    line = {'op': op, 'seed': seed, 'inputs': inputs, 'attrs': attrs, 'shape': list(y.shape), 'output': plain(y), 'grads': grads}
    if kink: line['kink'] = True
    out.write(json.dumps(line, separators=(',', ':')) + '\n')


def hash_of(text):
    h = 5381
    for c in text: h = (h * 33 + ord(c)) % 2147483629
    return h


# --- element by element ---------------------------------------------------------------------------------------------
ONE = [[], [1], [5], [0], [2, 3], [3, 1], [1, 4], [2, 0, 3], [2, 1, 3], [2, 2, 2, 2]]
TWO = [([], []), ([3], []), ([], [2, 2]), ([4], [4]), ([2, 3], [3]), ([2, 3], [2, 1]), ([2, 1], [1, 3]), ([0], [1]),
       ([2, 0], [2, 1]), ([1], [1, 1, 1]), ([2, 1, 3], [4, 1])]
unary = {
    'neg': torch.neg, 'exp': torch.exp, 'sin': torch.sin, 'cos': torch.cos, 'tanh': torch.tanh, 'sigmoid': torch.sigmoid,
    'relu': torch.relu, 'erf': torch.erf, 'abs': torch.abs, 'sign': torch.sign, 'floor': torch.floor, 'ceil': torch.ceil,
    'round': torch.round, 'softplus': lambda x: torch.where(x > 0, x, 0) + torch.log1p(torch.exp(-torch.abs(x))),
    'expm1': torch.expm1, 'square': torch.square,
}
unary['softplus'] = lambda x: F.softplus(x, threshold=1000)
positive = {'log': torch.log, 'sqrt': torch.sqrt, 'reciprocal': torch.reciprocal}
for name, f in unary.items():
    for shape in ONE: case(name, f, [('any', shape)])
    case(name, f, [('wide', [7])])
for name in ['relu', 'abs', 'sign', 'round']: case(name, unary[name], [('ties', [9])], kink=True)
for name, f in positive.items():
    for shape in ONE: case(name, f, [('positive', shape)])
for shape in ONE: case('log1p', torch.log1p, [('unit', shape)])

binary = {
    'add': torch.add, 'sub': torch.sub, 'mul': torch.mul, 'maximum': torch.maximum, 'minimum': torch.minimum,
    'equal': torch.eq, 'less': torch.lt, 'lessEqual': torch.le, 'greater': torch.gt, 'greaterEqual': torch.ge,
}
for name, f in binary.items():
    for a, b in TWO: case(name, f, [('any', a), ('any', b)])
    case(name, f, [('ties', [12]), ('ties', [12])], kink=True)
for name, f in {'div': torch.div, 'pow': torch.pow}.items():
    for a, b in TWO: case(name, f, [('positive', a), ('positive', b)])
for a, b in TWO:
    case('and', torch.logical_and, [('bool', a), ('bool', b)])
    case('or', torch.logical_or, [('bool', a), ('bool', b)])
for shape in ONE: case('not', torch.logical_not, [('bool', shape)])
for (a, b), c in zip(TWO, [[], [1], [2, 1], [1], [2, 3], [1], [3], [0], [2, 1], [], [1]]):
    case('where', torch.where, [('bool', c), ('any', a), ('any', b)])
for shape in ONE:
    case('clamp', torch.clamp, [('any', shape)], {'min': -0.7, 'max': 1.1})
case('clamp', torch.clamp, [('any', [6])], {'min': 0.3})
case('clamp', torch.clamp, [('any', [6])], {'max': 0.3})
case('clamp', torch.clamp, [('ties', [9])], {'min': 0, 'max': 1}, kink=True)
for shape in ONE: case('cast', lambda x, to: x.to(torch.int32), [('wide', shape)], {'to': 'i32'})


# --- grids (scales are powers of two: PyTorch keeps them in f32) -------------------------------------------------------
def fake_quantize(x, scale, zeroPoint, lowest, highest):
    if isinstance(scale, list):
        axis = next(i for i, n in enumerate(x.shape) if n == len(scale))
        zeros = torch.full([len(scale)], zeroPoint, dtype=torch.int32)
        return torch.fake_quantize_per_channel_affine(x, torch.tensor(scale, dtype=torch.float32), zeros, axis, lowest, highest)
    return torch.fake_quantize_per_tensor_affine(x, scale, zeroPoint, lowest, highest)


def quantize(x, scale, zeroPoint, axis, to):
    dtype = {'u8': torch.quint8, 'i8': torch.qint8}[to]
    if isinstance(scale, list):
        return torch.quantize_per_channel(x.detach().float(), torch.tensor(scale), torch.tensor(zeroPoint), axis, dtype).int_repr()
    return torch.quantize_per_tensor(x.detach().float(), scale, zeroPoint, dtype).int_repr()


def dequantize(q, scale, zeroPoint, axis, of):
    if of == 'i32': return torch._make_per_tensor_quantized_tensor(q.to(torch.int32), scale, zeroPoint).dequantize().double()
    q = q.to(torch.uint8) if of == 'u8' else (q - 128).to(torch.int8)
    if isinstance(scale, list):
        return torch._make_per_channel_quantized_tensor(q, torch.tensor(scale).double(), torch.tensor(zeroPoint), axis).dequantize().double()
    return torch._make_per_tensor_quantized_tensor(q, scale, zeroPoint).dequantize().double()


for shape in ONE:
    case('fakeQuantize', fake_quantize, [('any', shape)], {'scale': 0.125, 'zeroPoint': 3, 'lowest': 0, 'highest': 15}, kink=True)
for shape, scale in [([2, 3], [0.25, 0.125]), ([4, 2, 3], [0.5, 0.25, 0.125, 0.0625])]:
    case('fakeQuantize', fake_quantize, [('any', shape)], {'scale': scale, 'zeroPoint': 0, 'lowest': -7, 'highest': 7}, kink=True)
for shape in ONE:
    a = {'scale': 0.03125, 'zeroPoint': 100, 'axis': 0, 'to': 'u8'}
    case('quantize', quantize, [('wide', shape)], a)
    case('dequantize', dequantize, [('256', shape)], {k if k != 'to' else 'of': v for k, v in a.items()})
for shape, axis, scale, zero in [([2, 3], 0, [0.25, 0.5], [0, -3]), ([2, 3, 2], 1, [0.25, 0.5, 1], [1, 0, 2])]:
    for to in ('u8', 'i8'):
        z = [abs(v) for v in zero] if to == 'u8' else zero
        case('quantize', quantize, [('wide', shape)], {'scale': scale, 'zeroPoint': z, 'axis': axis, 'to': to})
        case('dequantize', dequantize, [('256', shape)], {'scale': scale, 'zeroPoint': z, 'axis': axis, 'of': to})
case('dequantize', dequantize, [('100000', [5])], {'scale': 0.0078125, 'zeroPoint': 0, 'axis': 0, 'of': 'i32'})

# --- reductions -----------------------------------------------------------------------------------------------------
ALONG = [([], None, False), ([5], None, True), ([2, 3], [0], False), ([2, 3], [1], True), ([2, 3, 2], [0, 2], False),
         ([2, 3, 2], [-1], True), ([1, 4], [0], False), ([4, 1], [1], False), ([2, 0], [1], False), ([0, 3], [1], False),
         ([2, 1, 2, 3], [1, 3], True), ([3, 2, 2], None, False)]


def over(f):
    def g(x, axes, keepDims):
        return f(x, list(range(x.dim())) if axes is None else axes, keepDims)
    return g


def population(x, axes):
    return torch.var(x, axes, unbiased=False)


reductions = {
    'sum': lambda x, a, k: torch.sum(x, a, keepdim=k) if a else x + 0,
    'mean': lambda x, a, k: torch.mean(x, a, keepdim=k) if a else x + 0,
    'max': lambda x, a, k: torch.amax(x, a, keepdim=k) if a else x + 0,
    'min': lambda x, a, k: torch.amin(x, a, keepdim=k) if a else x + 0,
    'logSumExp': lambda x, a, k: torch.logsumexp(x, a, keepdim=k) if a else x + 0,
}
for name, f in reductions.items():
    for shape, axes, keep in ALONG:
        if name in ('max', 'min', 'logSumExp', 'mean') and shape == [2, 0]: continue
        case(name, over(f), [('any', shape)], {'axes': axes, 'keepDims': keep})
for name in ('max', 'min'): case(name, over(reductions[name]), [('ties', [3, 5])], {'axes': [1], 'keepDims': False}, kink=True)
SPREAD = [s for s in ALONG if s[0] not in ([], [2, 0], [1, 4], [4, 1])] + [([4, 1], [0], True), ([1, 4], [1], False), ([2, 2, 3], [-2, -1], False)]
for shape, axes, keep in SPREAD:
    a = {'axes': axes, 'keepDims': keep}
    case('variance', over(lambda x, i, k: torch.var(x, i, unbiased=True, keepdim=k)), [('any', shape)], a)
    case('moments', over(lambda x, i, k: torch.var(x, i, unbiased=False, keepdim=k)), [('any', shape)], a)
    case('normalize', lambda x, axes: (lambda i: (x - x.mean(i, keepdim=True)) / torch.sqrt(torch.var(x, i, unbiased=False, keepdim=True) + 1e-5))(
        list(range(x.dim())) if axes is None else axes), [('any', shape)], {'axes': axes})
ARG = [([5], 0, False), ([5], -1, True), ([2, 3], 0, False), ([2, 3], 1, True), ([2, 3, 2], 1, False), ([1, 4], 0, False),
       ([4, 1], 1, True), ([0, 3], 1, False), ([2, 1, 3], -1, False), ([2, 2, 2, 2], 2, True)]
for shape, axis, keep in ARG:
    a = {'axis': axis, 'keepDims': keep}
    case('argmax', lambda x, axis, keepDims: torch.argmax(x, axis, keepdim=keepDims), [('any', shape)], a)
    case('argmin', lambda x, axis, keepDims: torch.argmin(x, axis, keepdim=keepDims), [('any', shape)], a)
    case('softmax', lambda x, axis: torch.softmax(x, axis), [('any', shape)], {'axis': axis})
    case('logSoftmax', lambda x, axis: torch.log_softmax(x, axis), [('any', shape)], {'axis': axis})
    case('cumsum', lambda x, axis, reverse: (torch.flip(torch.cumsum(torch.flip(x, [axis]), axis), [axis]) if reverse else torch.cumsum(x, axis)),
         [('any', shape)], {'axis': axis, 'reverse': keep})
for a, b in TWO:
    x = list(torch.broadcast_shapes(a, b))
    case('sumTo', lambda x, shape: x.sum_to_size(shape), [('any', x)], {'shape': a})

# --- movement -------------------------------------------------------------------------------------------------------
for a, b in TWO:
    case('expand', lambda x, shape: x.expand(shape), [('any', a)], {'shape': list(torch.broadcast_shapes(a, b))})
for shape, to in [([], [1]), ([6], [2, 3]), ([2, 3], [6]), ([2, 3], [3, 2]), ([2, 3], [-1, 2]), ([0], [2, 0]), ([1], []), ([2, 1, 3], [1, 6]),
                  ([4, 2], [2, -1, 2]), ([2, 2, 2, 2], [4, 4])]:
    case('reshape', lambda x, shape: x.reshape(shape), [('any', shape)], {'shape': to})
for shape, start in [([2, 3], 1), ([2, 3, 4], 1), ([2, 3, 4], 0), ([2, 3, 4], 2), ([2, 0, 3], 1), ([1, 1, 5], 1), ([5], 0), ([0, 2, 2], 1),
                     ([1, 2, 2, 2], 1), ([2, 2, 2, 1], 2)]:
    case('flatten', lambda x, start: x.flatten(start), [('any', shape)], {'start': start})
for shape, perm in [([2, 3], None), ([3, 1], None), ([2, 3, 4], None), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [1, 0, 2]), ([4], [0]), ([0, 3], [1, 0]),
                    ([1, 2, 3, 2], [0, 2, 3, 1]), ([2, 1, 3], [-1, 0, 1]), ([2, 2, 1, 3], [3, 2, 1, 0])]:
    case('transpose', lambda x, perm: x.transpose(-1, -2) if perm is None else x.permute(perm), [('any', shape)], {'perm': perm})
for shape, axis, start, end, step in [([5], 0, 1, 4, 1), ([5], 0, 0, 5, 2), ([7], 0, 1, 6, 3), ([3, 4], 1, 1, 3, 1), ([3, 4], -1, 0, 4, 3), ([3, 4], 0, -2, None, 1),
                                      ([3, 4], 1, 2, 2, 1), ([0, 2], 0, 0, 0, 1), ([1, 3], 0, 0, 1, 1), ([2, 3, 4], 1, 0, -1, 1)]:
    def f(x, axis, start, end, step):
        return x[tuple(slice(start, end, step) if i == axis % x.dim() else slice(None) for i in range(x.dim()))]
    case('slice', f, [('any', shape)], {'axis': axis, 'start': start, 'end': end, 'step': step})
for shape, sizes, axis in [([5], [2, 3], 0), ([5], [5], 0), ([4, 2], [1, 3], 0), ([2, 6], [1, 2, 3], 1), ([2, 6], [6, 0], 1), ([0, 2], [0, 0], 0), ([1, 3], [1, 2], 1),
                           ([2, 3, 2], [2, 1], 1), ([2, 3, 2], [1, 1], 2), ([2, 1, 2, 3], [1, 2], 3)]:
    case('split', lambda x, sizes, axis: torch.split(x, sizes, axis)[-1] * 1, [('any', shape)], {'sizes': sizes, 'axis': axis})
for shapes, axis in [([[2], [3]], 0), ([[2, 1], [2, 3]], 1), ([[1, 2], [3, 2], [2, 2]], 0), ([[0, 2], [1, 2]], 0), ([[4]], 0), ([[2, 2, 1], [2, 2, 2]], 2),
                     ([[2, 0], [2, 0]], 1), ([[1, 1], [1, 1]], 1), ([[2, 1, 3], [2, 2, 3]], 1), ([[1, 2, 1, 2], [1, 2, 1, 2]], 2)]:
    case('concat', lambda *xs, axis: torch.cat(xs, axis), [('any', s) for s in shapes], {'axis': axis})
for shape, n, axis in [([], 2, 0), ([3], 2, 0), ([3], 2, 1), ([2, 3], 3, 0), ([2, 3], 2, 1), ([2, 3], 2, 2), ([0], 2, 0), ([1], 1, 1), ([2, 1, 2], 2, 1), ([1, 2], 4, 0)]:
    case('stack', lambda *xs, axis: torch.stack(xs, axis), [('any', shape)] * n, {'axis': axis})
for shape, pads, value in [([3], [[1, 2]], 0), ([3], [[0, 1]], 1.5), ([2, 3], [[1, 0], [0, 2]], 0), ([2, 3], [[0, 0], [1, 1]], -1), ([0], [[2, 1]], 0), ([1, 1], [[1, 1], [1, 1]], 0),
                           ([2, 1, 2], [[0, 1], [1, 0], [0, 0]], 0), ([1, 2, 2, 2], [[0, 0], [0, 0], [1, 1], [1, 1]], 0), ([2, 2], [[3, 0], [0, 0]], 2), ([2, 0], [[0, 0], [1, 1]], 7)]:
    case('pad', lambda x, pads, value: F.pad(x, [n for p in reversed(pads) for n in p], value=value), [('any', shape)], {'pads': pads, 'value': value})


def dilate(x, axis, step):
    n = x.shape[axis]
    y = torch.zeros([(n - 1) * step + 1 if i == axis and n > 0 else m for i, m in enumerate(x.shape)])
    return y.index_copy(axis, torch.arange(n) * step, x)


for shape, axis, step in [([3], 0, 2), ([3], 0, 1), ([1], 0, 5), ([0], 0, 3), ([2, 3], 0, 3), ([2, 3], 1, 2), ([2, 1], 1, 2), ([1, 2, 3], 2, 4), ([2, 2, 2], 1, 2), ([2, 0], 0, 2)]:
    case('dilate', dilate, [('any', shape)], {'axis': axis, 'step': step})

# --- places ---------------------------------------------------------------------------------------------------------
PLACES = [([4], [3], 0), ([4], [], 0), ([4, 2], [3], 0), ([2, 5], [2], 1), ([3, 4, 2], [2, 2], 1), ([3, 2], [0], 0), ([1, 3], [4], 0), ([5, 1], [2, 1], 0), ([2, 2, 6], [3], 2), ([2, 3, 2], [1, 3], 1)]


def gather(x, i, axis):
    return torch.index_select(x, axis, i.reshape(-1)).reshape(list(x.shape[:axis]) + list(i.shape) + list(x.shape[axis + 1:]))


def scatter(i, rows, shape, axis):
    flat = rows.reshape(list(shape[:axis]) + [i.numel()] + list(shape[axis + 1:]))
    return torch.zeros(shape).index_add(axis, i.reshape(-1), flat)


for shape, places, axis in PLACES:
    n = str(shape[axis])
    case('gather', gather, [('any', shape), (n, places)], {'axis': axis})
    rows = shape[:axis] + places + shape[axis + 1:]
    case('scatterAdd', scatter, [(n, places), ('any', rows)], {'shape': shape, 'axis': axis})
    case('oneHot', lambda i, depth: F.one_hot(i, depth).double(), [(n, places)], {'depth': shape[axis] + 1})
for words, width, places in [(4, 2, [3]), (4, 2, []), (5, 1, [2, 2]), (1, 3, [4]), (3, 3, [0]), (6, 2, [1]), (2, 2, [2, 3]), (7, 4, [2, 1]), (3, 1, [1, 1]), (2, 5, [2])]:
    case('embedding', lambda i, table: F.embedding(i, table), [(str(words), places), ('any', [words, width])])

# --- matrices -------------------------------------------------------------------------------------------------------
for a, b in [([2, 3], [3, 2]), ([1, 3], [3, 1]), ([1, 1], [1, 1]), ([2, 0], [0, 3]), ([0, 2], [2, 3]), ([2, 2, 3], [2, 3, 2]), ([2, 2, 3], [3, 2]), ([2, 3], [2, 3, 2]),
             ([2, 1, 2, 3], [3, 3, 1]), ([1, 2, 2], [3, 2, 2])]:
    case('matmul', torch.matmul, [('any', a), ('any', b)])


def attention(q, k, v, mask=None, causal=False):
    s = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if mask is not None: s = s.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else s + mask
    if causal: s = s.masked_fill(~torch.ones(s.shape[-2:], dtype=torch.bool).tril(), -math.inf)
    return torch.softmax(s, -1) @ v


for q, k, v, causal in [([3, 2], [4, 2], [4, 3], False), ([3, 2], [3, 2], [3, 2], True), ([1, 1], [1, 1], [1, 1], False), ([2, 3, 2], [2, 3, 2], [2, 3, 1], True),
                        ([2, 2, 3, 2], [2, 2, 4, 2], [2, 2, 4, 2], False), ([2, 2, 1, 3], [2, 2, 5, 3], [2, 2, 5, 2], False), ([0, 2, 2], [0, 2, 2], [0, 2, 2], False),
                        ([3, 4], [5, 4], [5, 1], True)]:
    case('attention', attention, [('any', q), ('any', k), ('any', v)], {'causal': causal})
case('attention', attention, [('any', [3, 2]), ('any', [4, 2]), ('any', [4, 2]), ('any', [3, 4])])
case('attention', attention, [('any', [2, 3, 2]), ('any', [2, 4, 2]), ('any', [2, 4, 2]), ('any', [1, 4])])


def orthogonalize(x, steps):
    a, b, c = 3.4445, -4.775, 2.0315
    tall = x.shape[-2] > x.shape[-1]
    y = x.transpose(-1, -2) if tall else x
    y = y / (torch.sqrt((y * y).sum((-2, -1), keepdim=True)) + 1e-7)
    for _ in range(steps):
        g = y @ y.transpose(-1, -2)
        y = a * y + (b * g + c * g @ g) @ y
    return y.transpose(-1, -2) if tall else y


for shape, steps in [([2, 2], 5), ([3, 2], 5), ([2, 3], 5), ([1, 4], 5), ([4, 1], 3), ([1, 1], 5), ([2, 2, 3], 2), ([2, 3, 1], 1), ([0, 2, 2], 5), ([3, 3], 4)]:
    case('orthogonalize', orthogonalize, [('any', shape)], {'steps': steps})

# --- images ---------------------------------------------------------------------------------------------------------
CONV = [([1, 1, 4, 4], [1, 1, 3, 3], {}), ([2, 2, 4, 3], [3, 2, 1, 1], {}), ([1, 2, 5, 5], [2, 2, 3, 3], {'stride': 2, 'padding': 1}), ([1, 2, 4, 6], [2, 2, 2, 3], {'stride': [1, 2], 'padding': [1, 0]}),
        ([1, 1, 6, 6], [1, 1, 3, 3], {'dilation': 2}), ([1, 4, 3, 3], [4, 2, 2, 2], {'groups': 2}), ([2, 3, 4, 4], [3, 1, 3, 3], {'groups': 3, 'padding': 1}), ([0, 1, 3, 3], [1, 1, 2, 2], {}),
        ([1, 1, 1, 1], [2, 1, 1, 1], {}), ([1, 2, 7, 5], [2, 1, 3, 2], {'stride': 3, 'padding': [2, 1], 'dilation': [2, 1], 'groups': 2})]
for x, w, a in CONV:
    conv = lambda x, w, **o: F.conv2d(x, w, **o)
    case('conv2d', conv, [('any', x), ('any', w)], a)
    if 'groups' in a: case('conv2d', lambda x, w, bias, **o: F.conv2d(x, w, bias, **o), [('any', x), ('any', w), ('any', w[:1])], a)
    y = list(F.conv2d(torch.zeros(x), torch.zeros(w), **a).shape)

    def conv_input(y, w, shape, **o):
        x0 = torch.zeros(shape, requires_grad=True)
        return torch.autograd.grad(F.conv2d(x0, w, **o), x0, y, create_graph=True)[0]

    def conv_kernel(x, y, shape, **o):
        w0 = torch.zeros(shape, requires_grad=True)
        return torch.autograd.grad(F.conv2d(x, w0, **o), w0, y, create_graph=True)[0]
    case('conv2dInput', conv_input, [('any', y), ('any', w)], {'shape': x, **a})
    case('conv2dKernel', conv_kernel, [('any', x), ('any', y)], {'shape': w, **a})
    t = {k: v for k, v in a.items()}
    if 'stride' in t and t['stride'] == 2: t['outputPadding'] = 1
    case('convTranspose2d', lambda x, w, outputPadding=0, **o: F.conv_transpose2d(x, w, output_padding=outputPadding, **o), [('any', y), ('any', w)], t)
POOL = [([1, 1, 4, 4], {'kernel': 2}), ([2, 2, 4, 6], {'kernel': [2, 3]}), ([1, 2, 5, 5], {'kernel': 3, 'stride': 2}), ([1, 1, 5, 5], {'kernel': 3, 'stride': 1, 'padding': 1}), ([1, 2, 6, 4], {'kernel': [3, 2], 'stride': [2, 1], 'padding': [1, 0]}),
        ([0, 2, 4, 4], {'kernel': 2}), ([1, 0, 4, 4], {'kernel': 2}), ([2, 1, 1, 1], {'kernel': 1}), ([1, 1, 5, 7], {'kernel': 2}), ([1, 3, 3, 3], {'kernel': 3}), ([1, 1, 4, 5], {'kernel': 2, 'stride': 3, 'padding': 1})]
for shape, a in POOL:
    if 0 not in shape:
        mp = lambda x, kernel, **o: F.max_pool2d(x, kernel, **o)
        case('maxPool2d', mp, [('any', shape)], a)
        case('maxPool2d', mp, [('ties', shape)], a, kink=True)

        def places(x, kernel, **o):
            y, i = F.max_pool2d(x, kernel, return_indices=True, **o)
            plane = torch.arange(x.shape[0] * x.shape[1]).reshape(x.shape[0], x.shape[1], 1, 1) * (x.shape[2] * x.shape[3])
            return i + plane
        case('maxPool2dPlaces', places, [('ties', shape)], a, kink=True)
        case('maxPool2dPlaces', places, [('any', shape)], a)
        ap = lambda x, kernel, countPadding=True, **o: F.avg_pool2d(x, kernel, count_include_pad=countPadding, **o)
        case('avgPool2d', ap, [('any', shape)], a)
        if 'padding' in a: case('avgPool2d', ap, [('any', shape)], {**a, 'countPadding': False})
        y = list(F.avg_pool2d(torch.zeros(shape), a['kernel'], **{k: v for k, v in a.items() if k != 'kernel'}).shape)

        def pool_input(y, shape, kernel, **o):
            x0 = torch.zeros(shape, requires_grad=True)
            return torch.autograd.grad(F.avg_pool2d(x0, kernel, **o), x0, y, create_graph=True)[0]
        case('avgPool2dInput', pool_input, [('any', y)], {'shape': shape, **a})
    else:
        mp = lambda x, kernel, **o: torch.zeros([x.shape[0], x.shape[1], x.shape[2] // 2, x.shape[3] // 2]) + x.sum() * 0
        case('maxPool2d', mp, [('any', shape)], a)
        case('avgPool2d', mp, [('any', shape)], a)
case('maxPool2d', lambda x, kernel, **o: F.max_pool2d(x, kernel, **o), [('any', [1, 1, 6, 5])], {'kernel': 2, 'stride': 1, 'dilation': 2})
case('avgPool2dInput', lambda y, shape, kernel: torch.zeros(shape) + y.sum() * 0, [('any', [0, 1, 2, 2])], {'shape': [0, 1, 4, 4], 'kernel': 2})
for shape, size in [([1, 1, 4, 4], 2), ([2, 2, 5, 7], 1), ([1, 2, 5, 7], [2, 3]), ([1, 1, 3, 3], [5, 2]), ([1, 1, 4, 6], [2, 3]), ([1, 1, 1, 1], 1), ([1, 1, 1, 5], [1, 3]), ([2, 1, 7, 3], [3, 3]), ([1, 3, 2, 2], 3), ([1, 1, 6, 6], [4, 6])]:
    case('adaptiveAvgPool2d', lambda x, size: F.adaptive_avg_pool2d(x, size), [('any', shape)], {'size': size})
for shape, size in [([1, 1, 4, 4], [8, 8]), ([1, 2, 3, 5], [6, 5]), ([1, 1, 5, 4], [3, 3]), ([1, 1, 1, 1], [3, 2]), ([2, 1, 4, 4], [2, 2]), ([1, 1, 3, 3], [7, 4]), ([1, 1, 6, 2], [4, 8]), ([1, 1, 2, 5], [1, 1]), ([1, 3, 2, 2], [2, 2]), ([1, 1, 1, 6], [2, 4])]:
    for mode in ('nearest', 'bilinear'):
        case('resize2d', lambda x, size, mode: F.interpolate(x, size=size, mode=mode, **({} if mode == 'nearest' else {'align_corners': False})), [('any', shape)], {'size': size, 'mode': mode})
# (PyTorch pools no empty batch to places, and resizes none: what comes out is empty.)
case('maxPool2dPlaces', lambda x, kernel: torch.zeros([0, 2, 2, 2], dtype=torch.int64), [('any', [0, 2, 4, 4])], {'kernel': 2})
case('adaptiveAvgPool2d', lambda x, size: F.adaptive_avg_pool2d(x, size), [('any', [0, 2, 5, 7])], {'size': 2})
for mode in ('nearest', 'bilinear'):
    case('resize2d', lambda x, size, mode: torch.zeros([0, 2, *size]) + x.sum() * 0, [('any', [0, 2, 4, 3])], {'size': [8, 5], 'mode': mode})
out.close()
