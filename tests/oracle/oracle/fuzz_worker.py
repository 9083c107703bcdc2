"""`python -m oracle.fuzz_worker DATASET`: JSON lines `{"prelude", "sources"}` in, lists of run objects out.

The programs of a request share one fork, after the prelude has run once in it: for programs that only read.
"""

import json
import os
import signal
import sys

SECONDS = 20


def main():
    dataset = sys.argv[1]
    from . import project, running

    project.set_up(dataset)
    project.namespace(dataset)
    for line in sys.stdin:
        request = json.loads(line)
        answers = _in_a_fork(running, request, dataset)
        sys.stdout.write(json.dumps(answers, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _answers(running, request, dataset):
    from django.db import connection

    from . import project

    names = project.namespace(dataset)
    if request["prelude"]:
        exec(compile(request["prelude"], "<stdin>", "exec", dont_inherit=True), names)
    for source in request["sources"]:
        signal.alarm(SECONDS)
        connection.queries_log.clear()
        yield running.run(source, dataset, dict(names))


def _in_a_fork(running, request, dataset):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            try:
                for answer in _answers(running, request, dataset):
                    pipe.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
                    pipe.flush()
            finally:
                os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().splitlines()
    os.waitpid(child, 0)
    answers = [json.loads(line.decode("utf-8", "surrogatepass")) for line in lines]
    missing = len(request["sources"]) - len(answers)
    return answers + [{"oracle_failed": "died or timed out"}] * missing


if __name__ == "__main__":
    main()
