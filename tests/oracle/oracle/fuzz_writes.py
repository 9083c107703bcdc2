"""`python -m oracle.fuzz_writes ENGINE [--dataset D|notes|all] [--seed S] [--count N]`: random programs of writes, on Django and the engine.

ENGINE is the `ormdojo` binary (or `oracle`, Django against itself). Every program ends by printing all tables. Compared are
the statements with their parameters, what is printed, the exception and the tables. A program that differs is made shorter
as long as it still differs, and printed with its seed and with what differs; `--only SEED` runs that one again. What the
engine calls unsupported is counted by the feature's name.
"""

import argparse
import itertools
import json
import os
import pickle
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from .environment import DATASETS, MODELS, child_environment
from .fuzz import ADDRESS, BATCH, Engine, essence
from .programs import Programs, render, shorter
from .programs_generic import GenericPrograms
from .programs_models import OwnPrograms


def compared(answer):
    """What must agree: `oracle.fuzz`'s and what was printed."""
    parts = essence(answer)
    parts["stdout"] = ADDRESS.sub("at 0x0", answer.get("stdout") or "")
    if "oracle_failed" in answer:
        parts["failed"] = answer["oracle_failed"]
    return parts


class Django:
    """Real Django: a program a line, each in a fork."""

    def __init__(self, dataset):
        command = [sys.executable, "-m", "oracle.worker", dataset]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8", env=child_environment())  # fmt: skip

    def run(self, sources):
        def feed():
            for source in sources:
                self.process.stdin.write(json.dumps({"source": source}) + "\n")
            self.process.stdin.flush()

        feeder = threading.Thread(target=feed)
        feeder.start()
        answers = [json.loads(self.process.stdout.readline()) for _ in sources]
        feeder.join()
        return answers


class Pair:
    """Django and the engine, asked the same at the same time."""

    def __init__(self, engine, dataset):
        self.oracle, self.engine = Django(dataset), Engine(engine, dataset, "") if engine != "oracle" else Django(dataset)
        if engine != "oracle":
            # Every program begins anew: `--keep`, which reading uses, would hand tables and receivers on.
            where = ["--models", str(MODELS / dataset / "models.py")] if dataset == "notes" else ["--dataset", dataset]
            self.engine.command = [engine, "run", "--jsonl", *where]
        self.pool = ThreadPoolExecutor(2)

    def ask(self, programs):
        """The verdict in a word and both answers, a program each."""
        sources = [render(nodes) for nodes in programs]
        answers = self.pool.map(lambda asked: asked.run(sources), (self.oracle, self.engine))
        return [(self.verdict(wanted, seen), wanted, seen) for wanted, seen in zip(*answers)]

    @staticmethod
    def verdict(wanted, seen):
        if (seen.get("error") or {}).get("unsupported"):
            return "unsupported"
        if (wanted.get("error") or {}).get("type") == "died" or "oracle_failed" in wanted:
            return "oracle failed"
        return "same" if compared(wanted) == compared(seen) else "differs"


def kind_of(wanted, seen):
    """By which differences are told apart while a program is made shorter: the part that differs."""
    wanted, seen = compared(wanted), compared(seen)
    return next((key for key in ("error", "queries", "stdout") if wanted[key] != seen[key]), "value")


def shrink(pair, nodes, wanted, seen):
    """A shorter program that still differs in the same part."""
    kind, again = kind_of(wanted, seen), True
    while again:
        again = False
        candidates = shorter(nodes)
        while few := list(itertools.islice(candidates, 8)):
            answers = zip(few, pair.ask(few))
            found = next(((one, *told) for one, (verdict, *told) in answers if verdict == "differs" and kind_of(*told) == kind), None)  # fmt: skip
            if found:
                (nodes, wanted, seen), again = found, True
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


def written(models, names, seed):
    """The program of a seed. One with models of its own is made in a fork, where its classes stay."""
    if seed.startswith("notes-"):
        return GenericPrograms(models, seed, names).program()
    if not seed.split("-")[1].startswith("own"):
        return Programs(models, seed).program()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            try:
                pickle.dump(OwnPrograms(models, seed, names).program(), pipe)
            except Exception:
                pass
            finally:
                pipe.flush()
                os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        made = pipe.read()
    os.waitpid(child, 0)
    # Declarations that Django refuses are no beginning.
    return pickle.loads(made) if made else written(models, names, seed + "+")


def fuzz(options):
    """Runs `--count` programs about one dataset; how many differ."""
    from django.apps import apps

    from . import project

    pair = Pair(options.engine, options.dataset)
    models = list(apps.get_app_config(options.dataset).get_models())
    tally, missing = Counter(), Counter()
    names = project.namespace(options.dataset)
    seeds = [options.only] if options.only else [f"{options.dataset}-{options.seed}-{n}" for n in range(options.count)]
    for start in range(0, len(seeds), BATCH):
        programs = [(seed, written(models, names, seed)) for seed in seeds[start : start + BATCH]]
        for (seed, nodes), (verdict, wanted, seen) in zip(programs, pair.ask([nodes for _, nodes in programs])):
            tally[verdict] += 1
            if verdict == "unsupported":
                missing[seen["error"]["message"]] += 1
            elif verdict == "oracle failed":
                print(f"#### {seed}: {wanted.get('oracle_failed')}")
            elif verdict == "differs":
                tally["shown"] += 1
                if tally["shown"] <= options.differences:
                    report(*(shrink(pair, nodes, wanted, seen) if options.shrink else (nodes, wanted, seen)), seed)
    del tally["shown"]
    words = ", ".join(f"{count} {word}" for word, count in sorted(tally.items()))
    print(f"{options.dataset}, seed {options.seed}: {words}")
    for feature, count in missing.most_common():
        print(f"  unsupported {count}: {feature}")
    return tally["differs"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("--dataset", choices=[*DATASETS, "notes", "all"], default="all")
    parser.add_argument("--seed", default="1", help="one that begins with `own` gives programs that declare models")
    parser.add_argument("--count", type=int, default=100, help="programs a dataset")
    parser.add_argument("--only", help="a seed as it was printed")
    parser.add_argument("--differences", type=int, default=10, help="print so many a dataset")
    parser.add_argument("--no-shrink", dest="shrink", action="store_false")
    options = parser.parse_args()
    if options.only:
        options.dataset = options.only.split("-")[0]
    if options.dataset == "all":
        failed = False
        for dataset in [*DATASETS, "notes"]:
            command = [sys.executable, "-m", "oracle.fuzz_writes", options.engine, "--dataset", dataset]
            command += ["--seed", options.seed, "--count", str(options.count), "--differences", str(options.differences)]
            failed |= subprocess.run(command if options.shrink else [*command, "--no-shrink"]).returncode != 0
        sys.exit(failed)
    from . import project

    project.set_up(options.dataset)
    sys.exit(fuzz(options) > 0)


if __name__ == "__main__":
    main()
