"""What the oracle scripts share: numbers that TypeScript makes alike, and results short enough to be kept."""
import json, math, torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)


def numbers(name, shape):
    """sin(0.7 i + seed of the name); variances are kept positive."""
    seed = 0.37 * (sum(map(ord, name)) % 97)
    n = math.prod(shape)
    values = torch.tensor([math.sin(0.7 * i + seed) for i in range(n)]).reshape(shape)
    return 1.5 + 0.5 * values if name.endswith("running_var") else values


def projection(n):
    return torch.tensor([math.cos(0.3 * i) for i in range(n)])


def kept(t):
    """All numbers of a small tensor; of a large one its projection and the sum of its absolute values."""
    flat = t.detach().reshape(-1)
    if flat.numel() <= 64:
        return flat.tolist()
    return {"projected": float(flat @ projection(flat.numel())), "absolute": float(flat.abs().sum())}


def fill(module, rename=lambda name: name):
    with torch.no_grad():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            if tensor.dtype.is_floating_point:
                tensor.copy_(numbers(rename(name), tuple(tensor.shape)))


def run(f, inputs, module=None, training=False, rename=lambda name: name, integers=None):
    """f(*inputs), its gradients under a fixed projection, and the buffers after it."""
    if module is not None:
        fill(module, rename)
        module.zero_grad()
        module.train(training)
    xs = [
        torch.tensor([7 * k % integers for k in range(math.prod(s))]).reshape(s) if integers else
        numbers(f"input{i}", s).requires_grad_() for i, s in enumerate(inputs)
    ]
    y = f(*xs)
    flat = y.reshape(-1)
    flat.dot(projection(flat.numel())).backward()
    gradients = {f"input{i}": kept(x.grad) for i, x in enumerate(xs) if x.grad is not None}
    named = module.named_parameters() if module else []
    gradients.update({rename(n): kept(p.grad) for n, p in named if p.grad is not None})
    buffers = {rename(n): kept(b) for n, b in module.named_buffers() if b.dtype.is_floating_point} if module else {}
    return {"inputs": [list(s) for s in inputs], "training": training, "shape": list(y.shape),
            "output": kept(y), "gradients": gradients, "buffers": buffers}


def descend(f, inputs, module=None, training=False, rename=lambda name: name, integers=None, steps=50, rate=0.01):
    """`steps` of plain gradient descent on mean((f(*inputs) - target)^2), which moves parameters and float inputs alike."""
    if module is not None:
        fill(module, rename)
        module.train(training)
    xs = [
        torch.tensor([7 * k % integers for k in range(math.prod(s))]).reshape(s) if integers else
        numbers(f"input{i}", s).requires_grad_() for i, s in enumerate(inputs)
    ]
    moving = [x for x in xs if x.requires_grad] + (list(module.parameters()) if module else [])
    losses = []
    for _ in range(steps):
        y = f(*xs)
        loss = (y - numbers("target", tuple(y.shape))).square().mean()
        losses.append(loss.item())
        slopes = torch.autograd.grad(loss, moving, allow_unused=True)
        with torch.no_grad():
            for p, g in zip(moving, slopes):
                if g is not None:
                    p -= rate * g
    y = f(*xs)
    buffers = {rename(n): kept(b) for n, b in module.named_buffers() if b.dtype.is_floating_point} if module else {}
    return {"losses": losses[:5] + losses[-1:], "output": kept(y), "buffers": buffers}


def save(path, results):
    with open(path, "w") as file:
        json.dump(results, file, indent=None, separators=(",", ":"))
        file.write("\n")


class ResponseNorm(nn.Module):
    """Global response normalisation (ConvNeXt V2), channels last."""
    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        norms = x.norm(p=2, dim=(1, 2), keepdim=True)
        return x + self.bias + self.weight * x * (norms / (norms.mean(dim=-1, keepdim=True) + 1e-6))


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
