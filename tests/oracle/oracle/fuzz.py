"""`python -m oracle.fuzz ENGINE [--dataset D] [--seed N] [--count N]`: random querysets, on Django and on the engine.

ENGINE is the `ormdojo` binary. Programs come from a seed and a number, so that each can be had again alone. One that
differs is made shorter as long as it still differs, and printed with what differs. What the engine calls unsupported is
counted apart, by feature. The dataset `models` is blog with the models of fuzz_models.py; without `--dataset` all are asked.
"""

import argparse
import json
import re
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from .environment import DATASETS, child_environment
from .fuzz_tree import shrink

BATCH = 50
LINE = re.compile(r"\(<stdin>, line \d+\)")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")


class Oracle:
    """Real Django, many programs a request."""

    def __init__(self, dataset, prelude):
        command = [sys.executable, "-m", "oracle.fuzz_worker", dataset]
        self.prelude = prelude
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8", env=child_environment())  # fmt: skip

    def run(self, sources):
        self.process.stdin.write(json.dumps({"prelude": self.prelude, "sources": sources}) + "\n")
        self.process.stdin.flush()
        answers = json.loads(self.process.stdout.readline())
        if len(sources) > 1 and any("oracle_failed" in answer for answer in answers):
            return [self.run([source])[0] for source in sources]
        return answers

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Engine:
    """The engine's worker, a program a line; the programs share what the models' prelude made."""

    def __init__(self, engine, dataset, prelude):
        self.command = [engine, "run", "--jsonl", "--keep", "--dataset", dataset]
        self.prelude, self.process = prelude, None

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")  # fmt: skip
        self.process.stdin.write(json.dumps({"id": 0, "source": self.prelude}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if answer["error"]:
            sys.exit(f"the engine does not run the models' prelude: {answer['error']}")

    def run(self, sources):
        if self.process is None:
            self.start()
        process = self.process

        def feed():
            try:
                for number, source in enumerate(sources):
                    process.stdin.write(json.dumps({"id": number, "source": source}) + "\n")
                process.stdin.flush()
            except (BrokenPipeError, ValueError):
                pass

        feeder = threading.Thread(target=feed)
        feeder.start()
        answers = []
        for number in range(len(sources)):
            line = process.stdout.readline()
            if not line:
                break
            answer = json.loads(line)
            answer["queries"] = answer.get("queries") or []
            answers.append(answer)
        if len(answers) < len(sources):
            process.kill()
            self.process = None
            feeder.join()
            died = {"error": {"type": "died", "message": "the engine died"}, "queries": []}
            rest = sources[len(answers) + 1 :]
            return [*answers, died, *(self.run(rest) if rest else [])]
        feeder.join()
        return answers

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


def plain(cell):
    """A cell without what is no difference.

    The engine gives whole numbers beyond 64 bits as texts, since readers of JSON would lose digits; addresses of objects
    that a parameter shows are never the same.
    """
    if isinstance(cell, list):
        return [plain(one) for one in cell]
    if isinstance(cell, dict):
        return {name: plain(one) for name, one in cell.items()}
    if isinstance(cell, str):
        return ADDRESS.sub("at 0x0", cell)
    return str(cell) if type(cell) is int and not -(2**63) <= cell < 2**64 else cell


def essence(answer):
    """What must agree."""
    error = answer.get("error")
    return {
        "queries": [(query["sql"], plain(query["params"])) for query in answer.get("queries") or []],
        "error": error and (error["type"], LINE.sub("(<stdin>)", ADDRESS.sub("at 0x0", error["message"]))),
        "columns": answer.get("columns"),
        "rows": plain(answer.get("rows")),
        "value": ADDRESS.sub("at 0x0", answer.get("value") or ""),
    }


def verdict(wanted, seen):
    error = seen.get("error") or {}
    if error.get("unsupported"):
        return f"unsupported: {error['message']}"
    if "oracle_failed" in wanted:
        return "no answer from Django"
    if essence(wanted) != essence(seen):
        return "differs"
    return "the same, raised" if wanted.get("error") else "the same"


def first_difference(wanted, seen):
    wanted, seen = essence(wanted), essence(seen)
    for key in wanted:
        if wanted[key] != seen[key]:
            if key == "queries":
                for place, pair in enumerate(zip([*wanted[key], *[None] * 99], [*seen[key], *[None] * 99])):
                    if pair[0] != pair[1]:
                        return f"statement {place + 1}", *pair
            return key, wanted[key], seen[key]
    return "nothing", None, None


def fuzz(options, dataset):
    """Runs the programs of one dataset; gives the tally."""
    from django.apps import apps

    from .fuzz_grammar import Writer, family

    models, prelude = list(apps.get_app_config("blog" if dataset == "models" else dataset).get_models()), ""
    if dataset == "models":
        from . import fuzz_models

        models, prelude = _declare(fuzz_models, family)
    # What a connection asks of SQLite once only is asked before any program.
    prelude += f"list({models[0].__name__}.objects.values(_w=JSONObject(a=Value(1)))[:1])\n"
    base = "blog" if dataset == "models" else dataset
    oracle, engine = Oracle(base, prelude), Engine(options.engine, base, prelude)
    pool, tally, reported = ThreadPoolExecutor(2), Counter(), 0
    numbers = range(options.first, options.first + options.count)
    for start in range(0, len(numbers), BATCH):
        programs = [(n, Writer(models, f"{options.seed}:{n}").program()) for n in numbers[start : start + BATCH]]
        sources = [program.text() for _, program in programs]
        answers = list(pool.map(lambda asked: asked.run(sources), (oracle, engine)))
        for (number, program), wanted, seen in zip(programs, *answers):
            found = verdict(wanted, seen)
            tally[found] += 1
            if options.unsupported and found.startswith("unsupported"):
                print(f"--- {found}\n{program.text()}", end="", flush=True)
            if found != "differs":
                continue

            def still(tree):
                source = [tree.text()]
                return verdict(oracle.run(source)[0], engine.run(source)[0]) == "differs"

            program = shrink(program, still) if options.shrink else program
            source = [program.text()]
            key, theirs, ours = first_difference(oracle.run(source)[0], engine.run(source)[0])
            print(f"--- {dataset} {options.seed}:{number}: {key}\n{program.text()}  Django: {str(theirs)[:1500]}\n  engine: {str(ours)[:1500]}", flush=True)  # fmt: skip
            reported += 1
            if reported >= options.differences:
                print("enough differences")
                break
        if reported >= options.differences:
            break
    oracle.close()
    engine.close()
    return tally


def _declare(fuzz_models, family):
    """Declares the further models in this process; gives them and the source that declares them elsewhere."""
    from . import project

    names = project.namespace("blog")
    before = set(names)
    exec(compile(fuzz_models.MODELS, "<stdin>", "exec", dont_inherit=True), names)
    made = [names[name] for name in names if name not in before and isinstance(names[name], type)]
    return made, fuzz_models.prelude(made, family)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("--dataset", choices=[*DATASETS, "models"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--count", type=int, default=500, help="programs a dataset")
    parser.add_argument("--differences", type=int, default=10, help="stop a dataset after so many")
    parser.add_argument("--no-shrink", dest="shrink", action="store_false")
    parser.add_argument("--unsupported", action="store_true", help="print the programs that the engine does not support")
    options = parser.parse_args()
    if not options.dataset:
        # A process has one set of Django settings, so each dataset gets one of its own.
        own = [argument for argument in sys.argv[1:]]
        codes = [subprocess.run([sys.executable, "-m", "oracle.fuzz", *own, "--dataset", dataset]).returncode for dataset in [*DATASETS, "models"]]  # fmt: skip
        sys.exit(max(codes))
    from . import project

    project.set_up("blog" if options.dataset == "models" else options.dataset)
    tally = fuzz(options, options.dataset)
    counts = ", ".join(f"{count} {word}" for word, count in sorted(tally.items()))
    print(f"{options.dataset}, seed {options.seed}, {sum(tally.values())} programs: {counts}", flush=True)
    sys.exit(tally["differs"] > 0)


if __name__ == "__main__":
    main()
