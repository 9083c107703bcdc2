"""`python -m oracle.worker DATASET|python`: JSON lines `{"id", "source"}` in, run objects out, in order.

Each program runs in a fork of a process that has Django and the dataset's rows ready, so nothing leaks from one to the
next and starting costs a few milliseconds.
"""

import json
import os
import signal
import sys

# Of the processor's time; a machine that is busy may take ten times that.
SECONDS = 20


def main():
    dataset = None if sys.argv[1] == "python" else sys.argv[1]
    if dataset:
        from . import project

        project.set_up(dataset)
        # Loaded here once instead of in every fork.
        project.namespace(dataset)
    import asyncio  # noqa: F401
    import unittest  # noqa: F401

    from . import running

    for line in sys.stdin:
        request = json.loads(line)
        answer = _in_a_fork(running, request["source"], dataset)
        answer = {"format": 1, "id": request.get("id"), **answer}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _in_a_fork(running, source, dataset):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.alarm(10 * SECONDS)
        try:
            answer = json.dumps(running.run(source, dataset), ensure_ascii=False)
        except BaseException as error:
            answer = json.dumps({"oracle_failed": f"{type(error).__name__}: {error}"})
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer.encode("utf-8", "surrogatepass"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    if not text:
        return {"oracle_failed": "died or timed out"}
    return json.loads(text.decode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main()
