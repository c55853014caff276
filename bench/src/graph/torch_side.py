"""PyTorch's side of bench:graph. Reads lines `model train|infer repeats` and answers each with the milliseconds of every repeat."""
import sys, time
import torch
from torch import nn
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
torch.manual_seed(1)


def cnn():
    layers, last = [], 3
    for to, stride in [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1)]:
        layers += [nn.Conv2d(last, to, 3, stride, 1, bias=False), nn.BatchNorm2d(to), nn.ReLU(inplace=True)]
        last = to
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10)), (64, 3, 32, 32), 'sgd'


class Block(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.c1, self.n1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        self.c2, self.n2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
        self.short = nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b)) if a != b else nn.Identity()

    def forward(self, x):
        h = F.relu(self.n1(self.c1(x)), inplace=True)
        return F.relu(self.n2(self.c2(h)) + self.short(x), inplace=True)


def resnet18():
    layers, last = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)], 64
    for stage, to in enumerate([64, 128, 256, 512]):
        for i in range(2):
            layers.append(Block(last, to, 2 if stage > 0 and i == 0 else 1))
            last = to
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)), (32, 3, 32, 32), 'sgd'


class Attention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x):
        B, T, D = x.shape
        q, k, v = self.qkv(x).reshape(B, T, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        a = (q @ k.transpose(-2, -1) * (D // self.heads) ** -0.5).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(B, T, D))


class Encoder(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.n1, self.a, self.n2 = nn.LayerNorm(d, 1e-6), Attention(d, heads), nn.LayerNorm(d, 1e-6)
        self.m = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x):
        x = x + self.a(self.n1(x))
        return x + self.m(self.n2(x))


class ViT(nn.Module):
    def __init__(self, d=192, depth=12, heads=3, patch=4):
        super().__init__()
        self.patch, self.embed = patch, nn.Linear(3 * patch * patch, d)
        self.cls, self.pos = nn.Parameter(torch.randn(1, 1, d) * 0.02), nn.Parameter(torch.randn(1, (32 // patch) ** 2 + 1, d) * 0.02)
        self.blocks, self.norm, self.head = nn.Sequential(*[Encoder(d, heads) for _ in range(depth)]), nn.LayerNorm(d, 1e-6), nn.Linear(d, 10)

    def forward(self, x):
        B, p = x.shape[0], self.patch
        x = x.reshape(B, 3, 32 // p, p, 32 // p, p).permute(0, 2, 4, 1, 3, 5).reshape(B, -1, 3 * p * p)
        x = torch.cat([self.cls.expand(B, -1, -1), self.embed(x)], 1) + self.pos
        return self.head(self.norm(self.blocks(x))[:, 0])


def vitTiny():
    return ViT(), (64, 3, 32, 32), 'adam'


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)), (128, 784), 'sgd'


def make(name):
    net, shape, optimizer = globals()[name]()
    x, y = torch.randn(shape), torch.arange(shape[0]) % 10
    if optimizer == 'sgd':
        opt = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9)
    else:
        opt = torch.optim.Adam(net.parameters(), lr=1e-4)

    def train():
        net.train()
        opt.zero_grad(set_to_none=True)
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
        return loss.item()

    def infer():
        net.eval()
        with torch.inference_mode():
            return net(x)

    return {'train': train, 'infer': infer}


made = {}
# Beside the reference BLAS, tens of times slower, everything would look fast.
blas = next((n for n in ('openblas', 'mkl') if n in open('/proc/self/maps').read()), None) if sys.platform == 'linux' else 'unknown BLAS'
if blas is None:
    sys.exit('PyTorch computes with the reference BLAS. Install a fast one: apt-get install libopenblas0-pthread')
print('torch', torch.__version__, torch.get_num_threads(), 'threads', blas, flush=True)
for line in sys.stdin:
    name, what, repeats = line.split()
    if name not in made:
        made.clear()
        made[name] = make(name)
        for _ in range(2):
            made[name]['train'](), made[name]['infer']()
    times = []
    for _ in range(int(repeats)):
        start = time.perf_counter()
        made[name][what]()
        times.append((time.perf_counter() - start) * 1000)
    print(*times, flush=True)
