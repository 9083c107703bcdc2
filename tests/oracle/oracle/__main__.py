"""`python -m oracle fill|check [FILES]`: writes, or compares, the expectations of the conformance corpus."""

import difflib
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from . import cases
from .environment import CONFORMANCE, DATASETS, child_environment


def default_dataset(path):
    """Cases under `python/` run without Django, all others on blog unless they name a dataset."""
    return "python" if "python" in path.parts else "blog"


def run_all(requests):
    """Run objects for `(dataset, source)` pairs, in order; one worker process per dataset."""
    by_dataset = defaultdict(list)
    for place, (dataset, source) in enumerate(requests):
        by_dataset[dataset].append({"id": place, "source": source})
    answers = [None] * len(requests)
    for dataset, lines in by_dataset.items():
        text = "".join(json.dumps(line) + "\n" for line in lines)
        done = subprocess.run(
            [sys.executable, "-m", "oracle.worker", dataset],
            input=text, capture_output=True, text=True, encoding="utf-8", env=child_environment(),
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"the worker for {dataset} failed:\n{done.stderr}")
        for line in done.stdout.split("\n"):
            if line:
                answer = json.loads(line)
                answers[answer["id"]] = answer
    return answers


def expected_texts(paths):
    """Each file's text with every expectation made new, and the number of cases in it."""
    files = [(path, cases.parse(path.read_text(encoding="utf-8"))) for path in paths]
    wanted, requests = [], []
    for path, found in files:
        headings = set()
        for case in found:
            if case.program is None:
                continue
            if not case.heading or case.heading in headings:
                sys.exit(f"{path}: a case needs a heading of its own: {case.heading or case.source}")
            headings.add(case.heading)
            dataset = case.attributes.get("dataset", default_dataset(path))
            if dataset not in (*DATASETS, "python"):
                sys.exit(f"{path}: no dataset {dataset}: {case.heading}")
            wanted.append((path, case, dataset))
            requests.append((dataset, case.source))
    for (path, case, dataset), answer in zip(wanted, run_all(requests)):
        if "oracle_failed" in answer:
            sys.exit(f"{path}: {case.heading}: {answer['oracle_failed']}")
        case.expect(answer, with_traceback=dataset == "python")
    for path, found in files:
        yield path, cases.render(found), sum(case.program is not None for case in found)


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("fill", "check"):
        sys.exit(__doc__)
    paths = [Path(name).resolve() for name in sys.argv[2:]]
    paths = paths or sorted(path for path in CONFORMANCE.rglob("*.md") if path.parent != CONFORMANCE)
    stale = total = 0
    for path, text, count in expected_texts(paths):
        total += count
        old = path.read_text(encoding="utf-8")
        if old == text:
            continue
        stale += 1
        if sys.argv[1] == "fill":
            path.write_text(text, encoding="utf-8")
        else:
            sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), text.splitlines(True), str(path), "oracle"))
    print(f"{total} cases in {len(paths)} files, {stale} {'rewritten' if sys.argv[1] == 'fill' else 'not current'}")
    sys.exit(stale > 0 and sys.argv[1] == "check")


if __name__ == "__main__":
    main()
