"""Runs Covey and three set-ups of plain PyTorch in turn on the workloads of script/bench, and prints the ratios of samples/s.

    compare_workloads.py --covey 'WorkloadBenchmark …' [--python PYTHON] [--peer FILE] [--pairs N] [--seconds S] [--no-tune] [--json] [WORKLOAD …]

Of a pair, each program runs once; the order turns around from pair to pair. The ratio of a pair is Covey's samples/s over the best
set-up's in that pair.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys

SETUPS = ["one-thread", "two-threads", "two-processes"]
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "workloads_pytorch.py")


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_json(command):
    """The JSON that a program prints; its progress and complaints go to standard error."""
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def tuned(python, peer, workload, seconds):
    """The fastest settings of each set-up."""
    settings = {}
    for setup in SETUPS:
        say(f"{workload}: looking for the best settings of {setup}")
        settings[setup] = run_json([python, peer, workload, "--setup", setup, "--tune", "--seconds", str(seconds / 2)])
    return settings


def measured(workload, arguments):
    """What each program reached in each pair."""
    settings = {} if arguments.no_tune else tuned(arguments.python, arguments.peer, workload, arguments.seconds)

    def run(name):
        say(f"{workload}: {name}")
        if name == "covey":
            return run_json(shlex.split(arguments.covey) + ["--json", "--only", workload])[0]
        command = [arguments.python, arguments.peer, workload, "--setup", name, "--seconds", str(arguments.seconds)]
        return run_json(command + (["--settings", json.dumps(settings[name])] if name in settings else []))

    names = ["covey", *SETUPS]
    pairs = []
    for pair in range(arguments.pairs):
        pairs.append({name: run(name) for name in (names if pair % 2 == 0 else names[::-1])})
    return pairs


def summary(pairs):
    """Medians over the pairs, and the ratio to the best set-up pair by pair."""
    def median(name, key):
        return statistics.median(pair[name][key] for pair in pairs)

    ratios = [
        pair["covey"]["samples_per_second"] / max(pair[name]["samples_per_second"] for name in SETUPS) for pair in pairs]
    best = max(SETUPS, key=lambda name: median(name, "samples_per_second"))
    keys = ["samples_per_second", "peak_memory_bytes", "startup_seconds"]
    return {
        "ratio_median": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios), "best_peer": best,
        "share_of_peak": median("covey", "share_of_peak"),
        **{name: {key: median(name, key) for key in keys} for name in ["covey", *SETUPS]},
    }


def row(workload, result):
    def rate(name):
        return f"{result[name]['samples_per_second']:,.0f}"

    def both(key, scale, digits):
        return f"{result['covey'][key] / scale:.{digits}f} : {result[result['best_peer']][key] / scale:.{digits}f}"

    return [
        workload, rate("covey"), *(rate(name) for name in SETUPS),
        f"{result['ratio_median']:.2f} ({result['ratio_min']:.2f} to {result['ratio_max']:.2f})",
        f"{result['share_of_peak']:.0%}", both("peak_memory_bytes", 1e6, 0), both("startup_seconds", 1, 2),
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--covey", required=True, help="the command that prints WorkloadBenchmark's JSON")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--peer", default=PROGRAM, help="the program that takes workloads_pytorch.py's options and prints its JSON")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--no-tune", action="store_true", help="PyTorch's usual settings instead of the best ones")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("workloads", nargs="*", default=["w1", "w2", "w3", "w4"], type=str.lower)
    arguments = parser.parse_args()
    documents, rows = [], []
    for workload in arguments.workloads:
        pairs = measured(workload, arguments)
        documents.append({"workload": workload, **summary(pairs), "pairs": pairs})
        rows.append(row(workload, documents[-1]))
    if arguments.json:
        print(json.dumps(documents, indent=1))
        return
    titles = ["workload", "Covey", *SETUPS, "ratio to the best", "of peak", "MB", "start-up s"]
    widths = [max(len(line[place]) for line in [titles, *rows]) for place in range(len(titles))]
    for line in [titles, *rows]:
        print("  ".join(cell.rjust(width) if place else cell.ljust(width) for place, (cell, width) in enumerate(zip(line, widths))))
    print("samples/s; MB and start-up: Covey's and the best peer's")


if __name__ == "__main__":
    main()
