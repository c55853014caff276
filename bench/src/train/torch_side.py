"""PyTorch's side of bench:train: the CIFAR recipe for some seconds; prints one JSON line. Numbers come from `cases.ts`."""
import json, sys, time
import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

folder, seed, seconds, kind, recipe = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], json.loads(sys.argv[5])
torch.set_num_threads(2)
torch.manual_seed(seed)


def load(name):
    pixels = torch.from_numpy(np.fromfile(f'{folder}/{name}.pixels', np.uint8).reshape(-1, 3, 32, 32)).float() / 255
    return pixels, torch.from_numpy(np.fromfile(f'{folder}/{name}.labels', np.uint8)).long()


class Block(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        self.conv2, self.bn2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
        same = stride == 1 and a == b
        self.downsample = nn.Identity() if same else nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32)
        self.layers = nn.Sequential(Block(32, 32, 1), Block(32, 64, 2), Block(64, 128, 2))
        self.fc = nn.Linear(128, 10)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')

    def forward(self, x):
        return self.fc(self.layers(F.relu(self.bn1(F.max_pool2d(self.conv1(x), 2)))).mean((2, 3)))


class Muon(torch.optim.Optimizer):
    def __init__(self, params, decay):
        super().__init__(params, dict(lr=0.02, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group['params']:
                state = self.state[p]
                b = state.setdefault('b', torch.zeros_like(p))
                b.lerp_(p.grad, 0.05)
                m = p.grad.lerp(b, 0.95).reshape(p.shape[0], -1)
                tall = m.shape[0] > m.shape[1]
                x = m.T if tall else m
                x = x / (x.norm() + 1e-7)
                for _ in range(5):
                    a = x @ x.T
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
                x = x.T if tall else x
                p.mul_(1 - group['lr'] * group['decay'])
                p.add_(x.reshape(p.shape), alpha=-group['lr'] * max(1, m.shape[0] / m.shape[1]) ** 0.5)


def augment(x):
    n = len(x)
    x = torch.where((torch.rand(n) < 0.5)[:, None, None, None], x.flip(3), x)
    padded = F.pad(x, (4, 4, 4, 4))
    dx, dy = torch.randint(9, (n,)).tolist(), torch.randint(9, (n,)).tolist()
    return torch.stack([padded[i, :, dy[i]:dy[i] + 32, dx[i]:dx[i] + 32] for i in range(n)])


x, y = load('train')
tx, ty = load('test')
mean, std = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True)
net = Net()
rate, decay, size, rise = recipe['rates'][kind], recipe['decay'][kind], recipe['batchSize'], recipe['rise']
if kind == 'muon':
    hidden = [p for n, p in net.named_parameters() if p.ndim == 4 and n != 'conv1.weight']
    rest = [p for p in net.parameters() if not any(p is h for h in hidden)]
    optimizers = [(Muon(hidden, decay), rate), (torch.optim.AdamW(rest, weight_decay=decay), rate * recipe['restRate'])]
else:
    optimizers = [(torch.optim.AdamW(net.parameters(), weight_decay=decay), rate)]
start, steps, done = time.perf_counter(), 0, False
while not done:
    order = torch.randperm(len(x))
    for i in range(0, len(x) - size + 1, size):
        part = (time.perf_counter() - start) / seconds
        if part >= 1:
            done = True
            break
        batch = order[i:i + size]
        loss = F.cross_entropy(net((augment(x[batch]) - mean) / std), y[batch], label_smoothing=recipe['smoothing'])
        for o, top in optimizers:
            for group in o.param_groups:
                group['lr'] = top * (max(part / rise, 1e-3) if part < rise else (1 - part) / (1 - rise))
            o.zero_grad()
        loss.backward()
        for o, _ in optimizers:
            o.step()
        steps += 1
net.eval()
with torch.no_grad():
    right = sum((net((tx[i:i + 250] - mean) / std).argmax(1) == ty[i:i + 250]).sum().item() for i in range(0, len(tx), 250))
print(json.dumps({'accuracy': right / len(tx), 'steps': steps}))
