"""Training steps and forward passes of the named models in plain PyTorch, one thread, at its best settings that keep fp32.

Prints a JSON list with the keys of StepBenchmark: workload, step_seconds, samples_per_second, forward_samples_per_second.
Each workload is tried with contiguous and channels-last memory and with SGD for-each and fused; the fastest counts.
"""

import itertools
import json
import statistics
import sys
import time

import torch
from torch import nn

from models_pytorch import cnn, digits_paper, digits_small, mlp, resnet18

torch.set_num_threads(1)


WORKLOADS = [
    ("digits-paper, batch 32", digits_paper, (32, 3, 28, 28)),
    ("digits-small, batch 32", digits_small, (32, 3, 28, 28)),
    ("cnn, batch 10", cnn, (10, 3, 32, 32)),
    ("resnet18, batch 32", resnet18, (32, 3, 32, 32)),
    ("mlp 784-128-64-10, batch 10", mlp, (10, 784)),
]


def median_seconds(work, budget):
    for _ in range(3):
        work()
    times = []
    end = time.perf_counter() + budget
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(make, shape, channels_last, fused):
    torch.manual_seed(1)
    model = make()
    x = torch.randn(shape)
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    labels = torch.arange(shape[0]) % 10
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, fused=fused)
    loss = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(model(x), labels).backward()
        optimizer.step()

    model.train()
    seconds = median_seconds(step, 2.0)
    model.eval()
    with torch.inference_mode():
        forward = median_seconds(lambda: model(x), 1.0)
    return seconds, forward


def main():
    results = []
    for name, make, shape in WORKLOADS:
        settings = itertools.product([False, True] if len(shape) == 4 else [False], [False, True])
        runs = [measure(make, shape, *setting) for setting in settings]
        step = min(run[0] for run in runs)
        forward = min(run[1] for run in runs)
        results.append({
            "workload": name, "step_seconds": step, "samples_per_second": shape[0] / step,
            "forward_samples_per_second": shape[0] / forward, "torch": torch.__version__,
        })
    json.dump(results, sys.stdout, indent=1)


main()
