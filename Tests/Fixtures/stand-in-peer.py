"""Stands in for Benchmarks/peers/workloads_pytorch.py where there is no PyTorch: takes the same options, trains nothing, and prints
numbers of the same form, so that a test can run script/bench-peers."""

import argparse
import json

RATES = {"one-thread": 1000.0, "two-threads": 1500.0, "two-processes": 1250.0}

parser = argparse.ArgumentParser()
parser.add_argument("workload")
parser.add_argument("--setup", choices=list(RATES), required=True)
parser.add_argument("--settings", type=json.loads)
parser.add_argument("--seconds", type=float)
parser.add_argument("--tune", action="store_true")
arguments = parser.parse_args()
if arguments.tune:
    print(json.dumps({"tuned": arguments.setup}))
else:
    # With settings that are not those that it found, it must not seem to work.
    assert arguments.settings in (None, {"tuned": arguments.setup}), arguments.settings
    print(json.dumps({
        "workload": arguments.workload, "setup": arguments.setup, "samples_per_second": RATES[arguments.setup],
        "peak_memory_bytes": 123_000_000, "startup_seconds": 1.25, "settings": arguments.settings}))
