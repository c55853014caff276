"""PyTorch's answers for small models: `/usr/bin/python3 models.py` writes models.json (torch 1.13)."""
import os
from collections import OrderedDict
from common import *
import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))


class BasicBlock(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.downsample = None
        if stride != 1 or i != o:
            self.downsample = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """torchvision's, with basic blocks; widths and depths as given."""
    def __init__(self, cifar, depths, widths, classes):
        super().__init__()
        self.cifar = cifar
        self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False) if cifar else nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        i = widths[0]
        for s, (depth, o) in enumerate(zip(depths, widths)):
            blocks = []
            for b in range(depth):
                blocks.append(BasicBlock(i, o, 2 if b == 0 and s > 0 else 1))
                i = o
            setattr(self, f"layer{s + 1}", nn.Sequential(*blocks))
        self.stages = len(depths)
        self.fc = nn.Linear(i, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if not self.cifar:
            x = F.max_pool2d(x, 3, 2, 1)
        for s in range(self.stages):
            x = getattr(self, f"layer{s + 1}")(x)
        return self.fc(x.mean((2, 3)))


class Mlp(nn.Module):
    def __init__(self, width, hidden, grn):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.grn = ResponseNorm(hidden) if grn else nn.Identity()

    def forward(self, x):
        return self.fc2(self.grn(F.gelu(self.fc1(x))))


class ConvNeXtBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv_dw = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm, self.mlp = nn.LayerNorm(width, eps=1e-6), Mlp(width, 4 * width, True)

    def forward(self, x):
        return x + self.mlp(self.norm(self.conv_dw(x).permute(0, 2, 3, 1))).permute(0, 3, 1, 2)


def conv_next(depths, widths, patch, classes):
    stages = []
    for s, (depth, width) in enumerate(zip(depths, widths)):
        stage = OrderedDict()
        if s > 0:
            stage["downsample"] = nn.Sequential(LayerNorm2d(widths[s - 1], eps=1e-6), nn.Conv2d(widths[s - 1], width, 2, 2))
        stage["blocks"] = nn.Sequential(*[ConvNeXtBlock(width) for _ in range(depth)])
        stages.append(nn.Sequential(stage))
    last = widths[-1]
    head = nn.Sequential(OrderedDict(global_pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(),
                                     norm=nn.LayerNorm(last, eps=1e-6), fc=nn.Linear(last, classes)))
    stem = nn.Sequential(nn.Conv2d(3, widths[0], patch, patch), LayerNorm2d(widths[0], eps=1e-6))
    return nn.Sequential(OrderedDict(stem=stem, stages=nn.Sequential(*stages), head=head))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        q, k, v = (t.unflatten(2, (self.heads, -1)).transpose(1, 2) for t in self.qkv(x).chunk(3, -1))
        return self.proj(((q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1) @ v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width, eps=1e-6), Attention(width, heads)
        self.norm2, self.mlp = nn.LayerNorm(width, eps=1e-6), Mlp(width, 4 * width, False)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    def __init__(self, size, patch, width, depth, heads, classes):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, width))
        self.patch_embed = nn.Sequential(OrderedDict(proj=nn.Conv2d(3, width, patch, patch)))
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width, eps=1e-6), nn.Linear(width, classes)

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


results = {}
for name, module, shape, training in [
    ("mlp", nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1)), (5, 3), True),
    ("leNet", LeNet(), (1, 1, 28, 28), True),
    ("resNet, CIFAR stem", ResNet(True, (1, 2), (4, 6), 3), (2, 3, 8, 8), True),
    ("resNet, ImageNet stem", ResNet(False, (1, 1), (4, 6), 3), (2, 3, 20, 20), True),
    ("resNet, in use", ResNet(True, (1, 2), (4, 6), 3), (2, 3, 8, 8), False),
    ("convNeXtV2", conv_next((1, 2), (4, 6), 2, 3), (2, 3, 8, 8), True),
    ("vit", ViT(8, 4, 6, 2, 2, 3), (2, 3, 8, 8), True),
]:
    results[name] = run(module, [shape], module, training)
save(os.path.join(here, "models.json"), results)
print(len(results), "models")
