"""PyTorch's answers for layers: `/usr/bin/python3 layers.py` writes layers.json (torch 1.13)."""
import os
from common import *
import torch.nn.functional as F


class RmsNorm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.weight


class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)


results = {}


def layer(name, module, *inputs, **options):
    call = options.pop("call", module)
    owner = module if isinstance(module, nn.Module) else None
    results[name] = {**run(call, inputs, owner, **options), "descent": descend(call, inputs, owner, **options)}


image = (2, 4, 5, 6)
layer("linear", nn.Linear(5, 3), (4, 5))
layer("linear, tokens, no bias", nn.Linear(5, 3, bias=False), (2, 3, 5))
layer("conv2d", nn.Conv2d(4, 3, 3), image)
layer("conv2d 1x1", nn.Conv2d(4, 3, 1), image)
layer("conv2d strided, padded", nn.Conv2d(4, 3, (3, 2), stride=(2, 1), padding=(1, 0)), image)
layer("conv2d same, even kernel", nn.Conv2d(4, 3, (4, 3), padding="same"), image)
layer("conv2d same, dilated", nn.Conv2d(4, 3, 3, padding="same", dilation=2), image)
layer("conv2d dilated", nn.Conv2d(4, 3, 2, dilation=(2, 3)), image)
layer("conv2d grouped, no bias", nn.Conv2d(4, 6, 3, groups=2, bias=False), image)
layer("depthwise", nn.Conv2d(4, 4, 3, groups=4, padding=1), image)
separable = nn.Sequential()
separable.add_module("depthwise", nn.Conv2d(4, 4, 3, groups=4, padding=1))
separable.add_module("pointwise", nn.Conv2d(4, 3, 1))
layer("separable", separable, image)
layer("convTranspose2d", nn.ConvTranspose2d(4, 3, 3), (1, 4, 3, 3))
layer("convTranspose2d strided, grouped", nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2),
      (1, 4, 3, 3))
layer("convTranspose2d dilated", nn.ConvTranspose2d(2, 2, 2, dilation=2, bias=False), (1, 2, 3, 3))
layer("maxPool2d", nn.MaxPool2d(2), image)
layer("maxPool2d overlapping", nn.MaxPool2d(3, stride=2, padding=1), image)
layer("avgPool2d", nn.AvgPool2d(2), image)
layer("avgPool2d padded", nn.AvgPool2d(3, stride=2, padding=1), image)
layer("avgPool2d padding left out", nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), image)
layer("adaptiveAvgPool2d", nn.AdaptiveAvgPool2d((2, 4)), image)
layer("globalAveragePool", lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1), image)
layer("globalMaxPool", lambda x: F.adaptive_max_pool2d(x, 1).flatten(1), image)
layer("batchNorm, training", nn.BatchNorm2d(4), image, training=True)
layer("batchNorm, in use", nn.BatchNorm2d(4), image)
layer("batchNorm of rows, training", nn.BatchNorm1d(3, eps=1e-3, momentum=0.3), (5, 3), training=True)
layer("layerNorm", nn.LayerNorm(5), (2, 3, 5))
layer("layerNorm of two axes", nn.LayerNorm((3, 5), eps=1e-3), (2, 3, 5))
layer("layerNorm2d", LayerNorm2d(4, eps=1e-6), image)
layer("groupNorm", nn.GroupNorm(2, 4), image)
layer("instanceNorm", nn.InstanceNorm2d(4), image)
layer("instanceNorm, affine", nn.InstanceNorm2d(4, affine=True), image)
layer("globalResponseNorm", ResponseNorm(3), (2, 2, 4, 3))
layer("rmsNorm", RmsNorm(5), (2, 3, 5))
layer("embedding", nn.Embedding(6, 3), (2, 4), integers=6)
layer("relu", F.relu, (3, 5))
layer("leakyRelu", lambda x: F.leaky_relu(x, 0.2), (3, 5))
layer("elu", lambda x: F.elu(x, 1.3), (3, 5))
layer("gelu", F.gelu, (3, 5))
layer("geluTanh", lambda x: F.gelu(x, approximate="tanh"), (3, 5))
layer("silu", F.silu, (3, 5))
layer("swish", lambda x: x * torch.sigmoid(1.7 * x), (3, 5))
layer("swish, learned", Swish(), (3, 5))
layer("sigmoid", torch.sigmoid, (3, 5))
layer("tanh", torch.tanh, (3, 5))
layer("softplus", F.softplus, (3, 5))
layer("glu", F.glu, (3, 6))
layer("glu of channels", lambda x: F.glu(x, 1), image)
layer("swiGlu", lambda x: F.silu(x[..., :3]) * x[..., 3:], (3, 6))

names = {"in_proj_weight": "qkv.weight", "in_proj_bias": "qkv.bias", "out_proj.weight": "proj.weight",
         "out_proj.bias": "proj.bias"}
attention = nn.MultiheadAttention(6, 2, batch_first=True)
causal = torch.ones(4, 4, dtype=torch.bool).triu(1)
layer("multiHeadAttention", attention, (2, 4, 6), rename=names.get,
      call=lambda x: attention(x, x, x, need_weights=False)[0])
layer("multiHeadAttention, causal", attention, (2, 4, 6), rename=names.get,
      call=lambda x: attention(x, x, x, need_weights=False, attn_mask=causal)[0])


class Cross(nn.Module):
    """Multi-head attention to a context, with separate projections."""
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.q, self.kv = heads, nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x, context):
        q, (k, v) = self.q(x), self.kv(context).chunk(2, -1)
        q, k, v = (t.unflatten(2, (self.heads, -1)).transpose(1, 2) for t in (q, k, v))
        share = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
        return self.proj((share @ v).transpose(1, 2).flatten(2))


layer("multiHeadAttention, cross", Cross(6, 3), (2, 3, 6), (2, 4, 6))
here = os.path.dirname(os.path.abspath(__file__))
block = nn.TransformerEncoderLayer(6, 2, 12, dropout=0, activation=F.gelu, layer_norm_eps=1e-6, batch_first=True,
                                   norm_first=True)
parts = {"self_attn.in_proj_": "attn.qkv.", "self_attn.out_proj.": "attn.proj.", "linear1.": "mlp.fc1.",
         "linear2.": "mlp.fc2."}


def of_block(name):
    for torch_name, ours in parts.items():
        name = name.replace(torch_name, ours)
    return name


layer("transformerBlock", block, (2, 3, 6), rename=of_block, training=True)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.branch, self.shortcut = nn.Linear(4, 3), nn.Linear(4, 3, bias=False)

    def forward(self, x):
        return F.relu(self.branch(x) + self.shortcut(x))


layer("residual", Residual(), (2, 4))


class LayerScale(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x * self.gamma


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 7), nn.Linear(7, 4)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


def fake_quantize(x, scale, zero, lowest, highest):
    """In f64, as torch.fake_quantize_per_tensor_affine keeps its scale in f32; straight through inside the grid."""
    places = torch.round(x / scale) + zero
    inside = (places >= lowest) & (places <= highest)
    y = (places.clamp(lowest, highest) - zero) * scale
    return torch.where(inside, x - x.detach(), torch.zeros_like(x)) + y.detach()


class Quantized(nn.Module):
    """A linear layer as PyTorch's qat.Linear with a MovingAverageMinMaxObserver and a PerChannelMinMaxObserver has it."""
    def __init__(self, bits):
        super().__init__()
        self.bits, self.weight, self.bias = bits, nn.Parameter(torch.zeros(3, 5)), nn.Parameter(torch.zeros(3))
        self.register_buffer("input_low", torch.zeros(()))
        self.register_buffer("input_high", torch.zeros(()))

    def forward(self, x):
        low, high = x.detach().min().clamp(max=0), x.detach().max().clamp(min=0)
        with torch.no_grad():
            self.input_low.mul_(0.9).add_(low, alpha=0.1)
            self.input_high.mul_(0.9).add_(high, alpha=0.1)
        highest, bottom = 2 ** self.bits - 1, self.input_low.clamp(max=0)
        scale = (self.input_high.clamp(min=0) - bottom) / highest
        zero = torch.round(-bottom / scale).clamp(0, highest)
        most = 2 ** (self.bits - 1) - 1
        steps = self.weight.detach().abs().amax(1, keepdim=True) / most
        return F.linear(fake_quantize(x, scale, zero, 0, highest), fake_quantize(self.weight, steps, 0, -most, most), self.bias)


layer("flatten", nn.Flatten(), image)
layer("layerScale", LayerScale(5), (2, 3, 5))
layer("feedForward", FeedForward(), (2, 3, 4))
layer("quantized, 8 bits", Quantized(8), (4, 5), training=True)
layer("quantized, 4 bits", Quantized(4), (4, 5), training=True)
save(os.path.join(here, "layers.json"), results)
print(len(results), "layers")
