"""`python -m oracle.fuzz_writes ENGINE [--dataset D|all] [--seed N] [--count N]`: random programs of writes, on Django and the engine.

ENGINE is the `ormdojo` binary (or `oracle`, Django against itself). Every program ends by printing all tables. Compared are
the statements with their parameters, what is printed, the exception and the tables. A program that differs is made shorter
as long as it still differs, and printed with its seed and with what differs; `--only SEED` runs that one again. What the
engine calls unsupported is counted by the feature's name.
"""

import argparse
import subprocess
import sys
from collections import Counter

from .environment import DATASETS
from .fuzz import Worker, essence
from .programs import Programs, render, shorter


def compared(answer):
    """What must agree: `oracle.fuzz`'s and what was printed."""
    parts = essence(answer)
    parts["stdout"] = answer.get("stdout")
    if "oracle_failed" in answer:
        parts["failed"] = answer["oracle_failed"]
    return parts


class Pair:
    """Django and the engine, asked the same."""

    def __init__(self, engine, dataset):
        self.oracle = Worker([sys.executable, "-m", "oracle.worker", dataset])
        command = [engine, "run", "--jsonl", "--dataset", dataset]
        self.engine = Worker(self.oracle.command if engine == "oracle" else command)

    def ask(self, nodes):
        """The verdict in a word, and both answers."""
        source = render(nodes)
        seen, wanted = self.engine.run(source), self.oracle.run(source)
        if (seen.get("error") or {}).get("unsupported"):
            return "unsupported", wanted, seen
        if (wanted.get("error") or {}).get("type") == "died" or "oracle_failed" in wanted:
            return "oracle failed", wanted, seen
        return "same" if compared(wanted) == compared(seen) else "differs", wanted, seen


def kind_of(wanted, seen):
    """By which differences are told apart while a program is made shorter: the part that differs."""
    wanted, seen = compared(wanted), compared(seen)
    return next((key for key in ("error", "queries", "stdout") if wanted[key] != seen[key]), "value")


def shrink(pair, nodes, wanted, seen):
    """A shorter program that still differs in the same part."""
    kind, again = kind_of(wanted, seen), True
    while again:
        again = False
        for candidate in shorter(nodes):
            verdict, one, other = pair.ask(candidate)
            if verdict == "differs" and kind_of(one, other) == kind:
                nodes, wanted, seen, again = candidate, one, other, True
                break
    return nodes, wanted, seen


def report(nodes, wanted, seen, seed):
    print(f"#### {seed}")
    print(render(nodes))
    wanted, seen = compared(wanted), compared(seen)
    for key in wanted:
        if wanted[key] == seen.get(key):
            continue
        one, other = wanted[key], seen.get(key)
        if key in ("queries", "rows") and one is not None and other is not None:
            place = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
            one, other = one[place : place + 2], other[place : place + 2]
        elif key == "stdout":
            one, other = one.splitlines(), (other or "").splitlines()
            place = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
            one, other = one[place : place + 2], other[place : place + 2]
        print(f"  Django {key}: {str(one)[:1500]}\n  engine {key}: {str(other)[:1500]}")
    sys.stdout.flush()


def fuzz(options):
    """Runs `--count` programs about one dataset; how many differ."""
    from django.apps import apps

    pair = Pair(options.engine, options.dataset)
    models = list(apps.get_app_config(options.dataset).get_models())
    tally, missing = Counter(), Counter()
    seeds = [options.only] if options.only else [f"{options.dataset}-{options.seed}-{n}" for n in range(options.count)]
    for seed in seeds:
        nodes = Programs(models, seed).program()
        verdict, wanted, seen = pair.ask(nodes)
        tally[verdict] += 1
        if verdict == "unsupported":
            missing[seen["error"]["message"]] += 1
        elif verdict == "oracle failed":
            print(f"#### {seed}: {wanted.get('oracle_failed')}")
        elif verdict == "differs":
            report(*(shrink(pair, nodes, wanted, seen) if options.shrink else (nodes, wanted, seen)), seed)
    words = ", ".join(f"{count} {word}" for word, count in sorted(tally.items()))
    print(f"{options.dataset}, seed {options.seed}: {words}")
    for feature, count in missing.most_common():
        print(f"  unsupported {count}: {feature}")
    return tally["differs"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("--dataset", choices=[*DATASETS, "all"], default="all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100, help="programs a dataset")
    parser.add_argument("--only", help="a seed as it was printed")
    parser.add_argument("--no-shrink", dest="shrink", action="store_false")
    options = parser.parse_args()
    if options.only:
        options.dataset = options.only.split("-")[0]
    if options.dataset == "all":
        failed = False
        for dataset in DATASETS:
            command = [sys.executable, "-m", "oracle.fuzz_writes", options.engine, "--dataset", dataset]
            command += ["--seed", str(options.seed), "--count", str(options.count)]
            failed |= subprocess.run(command if options.shrink else [*command, "--no-shrink"]).returncode != 0
        sys.exit(failed)
    from . import project

    project.set_up(options.dataset)
    sys.exit(fuzz(options) > 0)


if __name__ == "__main__":
    main()
