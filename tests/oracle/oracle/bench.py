"""`python -m oracle.bench`: how long Django takes for expressions over blog's medium rows.

JSON lines `{"compile", "execute", "rounds"}` in, with two expressions and how often each is run; JSON lines of the seconds
that one run of each took out. Without the debug cursor, whose log no one reads here.
"""

import json
import sys
import time


def main():
    from . import project, scale

    project.set_up("blog")
    from django.conf import settings
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table in project.read_rows("blog"):
            cursor.execute(f'DELETE FROM "{table}"')

        def load(table, columns, rows):
            names = ", ".join(f'"{column}"' for column in columns)
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(["%s"] * len(columns))})', rows)

        scale.digest("blog", "medium", load)
    settings.DEBUG = False
    names = project.namespace("blog")
    for line in sys.stdin:
        request = json.loads(line)
        seconds = []
        for source, rounds in ((request["compile"], request["rounds"] * 10), (request["execute"], request["rounds"])):
            code = compile(source, "<stdin>", "eval")
            eval(code, names)
            best = None
            for _ in range(3):
                started = time.perf_counter()
                for _ in range(rounds):
                    eval(code, names)
                spent = (time.perf_counter() - started) / rounds
                best = spent if best is None else min(best, spent)
            seconds.append(best)
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
