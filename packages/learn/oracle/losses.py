"""PyTorch's answers for losses: `/usr/bin/python3 losses.py` writes losses.json (torch 1.13)."""
import os
from common import *
import torch.nn.functional as F

results = {}


def loss(name, f, *shapes):
    results[name] = {**run(f, shapes), "descent": descend(f, shapes)}


def labels(n, classes):
    return torch.tensor([7 * k % classes for k in range(n)])


def chance(t):
    return torch.sigmoid(t)


weights = torch.tensor([0.5, 2.0, 1.0])
rows = (5, 3)
loss("crossEntropy", lambda x: F.cross_entropy(x, labels(5, 3)), rows)
loss("crossEntropy, smoothing", lambda x: F.cross_entropy(x, labels(5, 3), label_smoothing=0.1), rows)
loss("crossEntropy, weights", lambda x: F.cross_entropy(x, labels(5, 3), weights), rows)
loss("crossEntropy, weights, smoothing", lambda x: F.cross_entropy(x, labels(5, 3), weights, label_smoothing=0.2), rows)
loss("crossEntropy, sum", lambda x: F.cross_entropy(x, labels(5, 3), weights, reduction="sum"), rows)
loss("crossEntropy, none", lambda x: F.cross_entropy(x, labels(5, 3), reduction="none"), rows)
loss("crossEntropy of places", lambda x: F.cross_entropy(x, labels(12, 3).reshape(2, 2, 3), weights), (2, 3, 2, 3))
some = torch.tensor([0, -100, 2, 0, 1])
loss("crossEntropy, ignored", lambda x: F.cross_entropy(x, some), rows)
loss("crossEntropy, ignored, weights, smoothing",
     lambda x: F.cross_entropy(x, some, weights, label_smoothing=0.2), rows)
loss("crossEntropy, probabilities", lambda x, t: F.cross_entropy(x, t.softmax(1), weights, label_smoothing=0.1), rows, rows)
loss("binaryCrossEntropy", lambda x, t: F.binary_cross_entropy(chance(x), chance(t).detach()), rows, rows)
loss("binaryCrossEntropyWithLogits", lambda x, t: F.binary_cross_entropy_with_logits(40 * x, chance(t)), rows, rows)
loss("binaryCrossEntropyWithLogits, weight",
     lambda x, t: F.binary_cross_entropy_with_logits(x, chance(t), pos_weight=torch.tensor(3.0)), rows, rows)
loss("meanSquaredError", F.mse_loss, rows, rows)
loss("meanAbsoluteError", F.l1_loss, rows, rows)
loss("huber", lambda x, t: F.huber_loss(x, t, delta=0.7), rows, rows)
loss("smoothL1", lambda x, t: F.smooth_l1_loss(x, t, beta=0.7), rows, rows)
loss("smoothL1, none", lambda x, t: F.smooth_l1_loss(x, t, reduction="none"), rows, rows)
loss("klDivergence", lambda x, t: F.kl_div(x.log_softmax(1), t.softmax(1), reduction="batchmean"), rows, rows)
loss("klDivergence, mean, log target",
     lambda x, t: F.kl_div(x.log_softmax(1), t.log_softmax(1), reduction="mean", log_target=True), rows, rows)
loss("klDivergence, zeros", lambda x: F.kl_div(x.log_softmax(1), F.one_hot(labels(5, 3), 3).double(), reduction="sum"), rows)
loss("cosineSimilarity", lambda a, b: F.cosine_similarity(a, b), rows, rows)
signs = torch.tensor([1.0, -1.0, 1.0, -1.0, -1.0])
loss("cosineEmbedding", lambda a, b: F.cosine_embedding_loss(a, b, signs, margin=0.2), rows, rows)
loss("triplet", lambda a, p, n: F.triplet_margin_loss(a, p, 0.3 * n), rows, rows, rows)
loss("triplet, margin, swap", lambda a, p, n: F.triplet_margin_loss(a, p, n, margin=0.4, swap=True), rows, rows, rows)


def nt_xent(a, b, temperature):
    """SimCLR, eq. 1, term by term."""
    z = F.normalize(torch.cat([a, b]), dim=1)
    s, n = (z @ z.T) / temperature, len(a)
    terms = []
    for i in range(2 * n):
        others = [k for k in range(2 * n) if k != i]
        terms.append(torch.logsumexp(s[i, others], 0) - s[i, (i + n) % (2 * n)])
    return sum(terms) / (2 * n)


loss("ntXent", lambda a, b: nt_xent(a, b, 0.5), rows, rows)
loss("ntXent, cold", lambda a, b: nt_xent(a, b, 0.1), (3, 4), (3, 4))
save(os.path.join(os.path.dirname(os.path.abspath(__file__)), "losses.json"), results)
print(len(results), "losses")
