"""Federated averaging in plain PyTorch: the workloads W1 to W4 of script/bench, at PyTorch's strongest settings that keep fp32.

    workloads_pytorch.py WORKLOAD --setup one-thread|two-threads|two-processes [--settings JSON] [--seconds S] [--quick]
    workloads_pytorch.py WORKLOAD --setup SETUP --tune         tries the settings, prints the fastest

Each round: for each client of the cohort load the global state into the model, one epoch of SGD over its examples in an order of
its own, add its weighted state (parameters and batch-norm buffers) to the running sum; the sum is the next global state. All
examples are tensors in memory, made before the timing. One warm-up round is not timed. Prints one line of JSON.

In `two-processes` each process has one thread. With the setting `split: clients` the processes share the cohort and exchange their
sums through shared memory; with `split: runs` each trains a federation of its own (as two seeds of one experiment do). The examples
are in shared memory and counted once.
"""

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


def process_age():
    """Seconds since this process was started, the interpreter's start included (Linux), else since this module was read."""
    try:
        with open("/proc/self/stat") as stat, open("/proc/uptime") as uptime:
            ticks = int(stat.read().rsplit(")", 1)[1].split()[19])
            return float(uptime.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


STARTED = time.perf_counter() - process_age()

import torch  # noqa: E402  (its import is part of the start-up)
from torch import nn  # noqa: E402

import models_pytorch as models  # noqa: E402


@dataclass
class Workload:
    make: Callable
    clients: int
    cohort: int
    samples: int
    shape: tuple  # channels last
    batch: int
    rate: float

    @property
    def is_image(self):
        return len(self.shape) == 3


WORKLOADS = {
    "w1": Workload(models.digits_paper, 5, 5, 743, (28, 28, 3), 32, 0.01),
    "w2": Workload(models.cnn, 1000, 50, 50, (32, 32, 3), 10, 0.01),
    "w3": Workload(models.mlp, 10_000, 100, 20, (784,), 10, 0.1),
    "w4": Workload(models.resnet18, 4, 4, 64, (32, 32, 3), 32, 0.05),
}
SETUPS = {"one-thread": (1, 1), "two-threads": (1, 2), "two-processes": (2, 1)}  # processes, threads of each


def default_settings(workload, setup):
    return {
        "channels_last": workload.is_image, "fused": True, "compile": False,
        "split": "clients" if setup == "two-processes" else "none",
    }


def candidates(name, workload, setup):
    """The settings that are worth trying."""
    for channels_last, fused, compiled, split in itertools.product(
            [True, False] if workload.is_image else [False], [True, False], [False, True] if name == "w3" else [False],
            ["clients", "runs"] if setup == "two-processes" else ["none"]):
        yield {"channels_last": channels_last, "fused": fused, "compile": compiled, "split": split}


def tensors_of(model):
    """Parameters and floating-point buffers, and the counters."""
    state = [parameter.detach() for parameter in model.parameters()] + list(model.buffers())
    return [t for t in state if t.is_floating_point()], [t for t in state if not t.is_floating_point()]


class FlatState:
    """A state in one block of memory that processes can share, with a view for each tensor in that tensor's own layout."""

    def __init__(self, tensors):
        self.flat = torch.zeros(sum(t.numel() for t in tensors)).share_memory_()
        self.views = self.split(self.flat, tensors)

    @staticmethod
    def split(flat, tensors):
        views, start = [], 0
        for tensor in tensors:
            views.append(flat[start:start + tensor.numel()].as_strided(tensor.shape, tensor.stride(), start))
            start += tensor.numel()
        return views


class Federation:
    """The clients of one process and how it trains them."""

    def __init__(self, workload, settings, data, seed):
        torch.manual_seed(seed)
        self.workload, self.settings = workload, settings
        self.images, self.labels = data
        self.model = workload.make().train()
        if settings["channels_last"]:
            self.model = self.model.to(memory_format=torch.channels_last)
        self.loss = nn.CrossEntropyLoss()
        forward = lambda x, y: self.loss(self.model(x), y)  # noqa: E731
        self.forward = torch.compile(forward, dynamic=False) if settings["compile"] else forward
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=workload.rate, fused=True if settings["fused"] else None,
            foreach=None if settings["fused"] else True)
        self.state, self.counters = tensors_of(self.model)

    def cohort(self, generator):
        workload = self.workload
        if workload.cohort == workload.clients:
            return list(range(workload.clients))
        return torch.randperm(workload.clients, generator=generator)[:workload.cohort].tolist()

    def train(self, client, received, received_counters):
        """Trains the model on a client from the received state, and leaves the result in it."""
        torch._foreach_copy_(self.state, received)
        if self.counters:
            torch._foreach_copy_(self.counters, received_counters)
        order = torch.randperm(self.workload.samples)
        x, y = self.images[client][order], self.labels[client][order]
        if self.workload.is_image and self.settings["channels_last"]:
            x = x.permute(0, 3, 1, 2)
        for inputs, targets in zip(x.split(self.workload.batch), y.split(self.workload.batch)):
            self.optimizer.zero_grad(set_to_none=True)
            self.forward(inputs, targets).backward()
            self.optimizer.step()


def make_data(workload, settings):
    """All clients' images and labels, in memory that processes can share."""
    labels = torch.randint(10, (workload.clients, workload.samples)).share_memory_()
    shape = (workload.clients, workload.samples, *workload.shape)
    if workload.is_image and not settings["channels_last"]:
        shape = (*shape[:2], shape[4], *shape[2:4])
    return torch.empty(shape).share_memory_().normal_(), labels


class Shared:
    """What the processes of one measurement have in common."""

    def __init__(self, context, workload, settings, processes):
        model = workload.make()
        if settings["channels_last"]:
            model = model.to(memory_format=torch.channels_last)
        state, _ = tensors_of(model)
        # One global state and a sum a process where the cohort is shared; else each process has its own pair.
        self.globals = [FlatState(state) for _ in range(processes if settings["split"] == "runs" else 1)]
        self.sums = [FlatState(state) for _ in range(processes)]
        for one in self.globals:
            torch._foreach_copy_(one.views, state)
        self.rounds = torch.zeros(1, dtype=torch.int64).share_memory_()
        # A process that fails must not leave the other waiting for ever.
        self.barrier = context.Barrier(processes, timeout=600) if context else None
        self.times = torch.zeros(processes, 2, dtype=torch.float64).share_memory_()
        self.memory = torch.zeros(processes, dtype=torch.int64).share_memory_()
        self.startup = torch.zeros(1, dtype=torch.float64)
        start = time.perf_counter()
        self.data = make_data(workload, settings)
        self.data_seconds = time.perf_counter() - start

    @property
    def bytes(self):
        """What is in each process's memory and is there only once."""
        blocks = [*self.data, *(one.flat for one in self.globals + self.sums)]
        return sum(block.numel() * block.element_size() for block in blocks)

    def wait(self):
        if self.barrier:
            self.barrier.wait()


def work(rank, processes, threads, workload, settings, shared, seconds, rounds):
    """One process: trains a warm-up round, then the timed rounds."""
    torch.set_num_threads(threads)
    shares = processes > 1 and settings["split"] == "clients"
    federation = Federation(workload, settings, shared.data, seed=1 + rank)
    state = shared.globals[rank if settings["split"] == "runs" else 0]
    total = shared.sums[rank]
    counters = [counter.clone() for counter in federation.counters]
    # Processes that share a cohort must draw the same one.
    generator = torch.Generator().manual_seed(7 if shares else 7 + rank)
    part = total.flat.numel() // processes + 1
    own = slice(rank * part, min((rank + 1) * part, total.flat.numel()))

    def train_round():
        cohort = federation.cohort(generator)
        weight = 1 / len(cohort)
        total.flat.zero_()
        for client in cohort[rank::processes] if shares else cohort:
            federation.train(client, state.views, counters)
            torch._foreach_add_(total.views, federation.state, alpha=weight)
        if counters:
            torch._foreach_copy_(counters, federation.counters)
        if shares:
            # Each process adds up its part of all sums, when all are there.
            shared.wait()
            torch.add(shared.sums[0].flat[own], shared.sums[1].flat[own], out=state.flat[own])
            shared.wait()
        else:
            state.flat.copy_(total.flat)

    if settings["compile"]:
        # This round is spent in the compiler and counts as start-up.
        train_round()
    shared.wait()
    warm_up = time.perf_counter()
    if rank == 0:
        # Of the process that was started first, when all others are there.
        shared.startup[0] = warm_up - STARTED
    train_round()
    if rank == 0:
        shared.rounds[0] = rounds or max(2, round(seconds / (time.perf_counter() - warm_up)))
    shared.wait()
    shared.times[rank, 0] = time.perf_counter()
    for _ in range(int(shared.rounds[0])):
        train_round()
    shared.times[rank, 1] = time.perf_counter()
    if not torch.isfinite(state.flat).all():
        raise FloatingPointError("the global state is not finite")
    unit = 1 if sys.platform == "darwin" else 1024
    shared.memory[rank] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure(name, workload, setup, settings, seconds, rounds):
    processes, threads = SETUPS[setup]
    # The examples are made on all cores, whoever uses them.
    context = torch.multiprocessing.get_context("spawn") if processes > 1 else None
    shared = Shared(context, workload, settings, processes)
    arguments = (processes, threads, workload, settings, shared, seconds, rounds)
    others = [context.Process(target=work, args=(rank, *arguments)) for rank in range(1, processes)]
    for other in others:
        other.start()
    work(0, *arguments)
    for other in others:
        other.join()
        if other.exitcode != 0:
            raise ChildProcessError(f"a process ended with {other.exitcode}")
    elapsed = float(shared.times[:, 1].max() - shared.times[:, 0].min())
    federations = processes if settings["split"] == "runs" else 1
    done = int(shared.rounds[0]) * federations
    updates = done * workload.cohort
    memory = int(shared.memory.sum()) - (processes - 1) * shared.bytes
    return {
        "workload": name, "peer": "pytorch", "setup": setup, "settings": settings, "rounds": done, "seconds": elapsed,
        "rounds_per_second": done / elapsed, "client_updates_per_second": updates / elapsed,
        "samples_per_second": updates * workload.samples / elapsed, "peak_memory_bytes": memory,
        "startup_seconds": float(shared.startup[0]), "data_seconds": shared.data_seconds, "torch": torch.__version__,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=sorted(WORKLOADS))
    parser.add_argument("--setup", choices=list(SETUPS), default="one-thread")
    parser.add_argument("--settings", type=json.loads, help="as --tune prints them")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long to measure at least, about")
    parser.add_argument("--rounds", type=int, help="how many rounds to measure instead")
    parser.add_argument("--tune", action="store_true", help="try all settings, print the fastest")
    parser.add_argument("--quick", action="store_true", help="few clients and examples: whether it works, not how fast")
    parser.add_argument("--short", action="store_true", help="few examples a client, as --tune takes")
    arguments = parser.parse_args()
    workload = WORKLOADS[arguments.workload]
    if arguments.quick:
        workload.clients = workload.cohort = min(4, workload.cohort)
        workload.samples = min(workload.samples, 2 * workload.batch + 3)
    if arguments.short:
        workload.clients = min(workload.clients, 10 * workload.cohort)
        workload.samples = min(workload.samples, 2 * workload.batch + 3)
    if arguments.tune:
        best = None
        for settings in candidates(arguments.workload, workload, arguments.setup):
            # A process of its own each: threads and the allocator remember.
            command = [
                sys.executable, os.path.abspath(__file__), arguments.workload, "--setup", arguments.setup, "--settings",
                json.dumps(settings), "--seconds", str(arguments.seconds / 2), "--quick" if arguments.quick else "--short"]
            result = run_json(command)
            if result is None:
                continue
            print(f"{result['samples_per_second']:.0f} samples/s with {settings}", file=sys.stderr)
            if best is None or result["samples_per_second"] > best["samples_per_second"]:
                best = result
        if best is None:
            sys.exit("no settings worked")
        print(json.dumps(best["settings"]))
        return
    settings = {**default_settings(workload, arguments.setup), **(arguments.settings or {})}
    print(json.dumps(measure(
        arguments.workload, workload, arguments.setup, settings, arguments.seconds, arguments.rounds)))


def run_json(command):
    """The JSON that a program prints, or None when it fails; then its last words go to standard error."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print("\n".join(done.stderr.strip().splitlines()[-3:]), file=sys.stderr)
        return None
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
