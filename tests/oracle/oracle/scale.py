"""`python -m oracle.scale [DATASET]`: makes the medium and large rows, loads them through Django, and checks their hash.

The rows follow from `fixtures/<name>/scale.toml` alone, in 64-bit integer arithmetic that any language repeats;
`fixtures/README.md` says how. The engine makes them too: the hashes in `fixtures/scale.sha256` hold both to the same rows.
"""

import datetime
import hashlib
import json
import os
import subprocess
import sys
import tomllib

from .environment import DATASETS, FIXTURES, child_environment

MASK = 2**64 - 1
HASHES = FIXTURES / "scale.sha256"


def mix(number):
    """SplitMix64's output for a state."""
    number = (number + 0x9E3779B97F4A7C15) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


def fnv(text):
    """FNV-1a, 64 bits, of UTF-8."""
    number = 0xCBF29CE484222325
    for byte in text.encode():
        number = ((number ^ byte) * 0x100000001B3) & MASK
    return number


def skew(draw, span):
    """A number below `span`; small ones are the more likely."""
    return (span * (((draw >> 32) * (draw & 0xFFFFFFFF)) >> 32)) >> 32


class Maker:
    """The tables of one dataset at one scale."""

    def __init__(self, dataset, scale):
        self.plan = tomllib.loads((FIXTURES / dataset / "scale.toml").read_text(encoding="utf-8"))
        self.counts = self.plan[scale]
        self.words = (FIXTURES / "words.txt").read_text(encoding="utf-8").split()

    def tables(self):
        """`(table, columns, rows)` in the plan's order, link tables last."""
        for table, columns in self.plan["tables"].items():
            seeds = [fnv(f"{table}.{column}") for column in columns]
            rows = (
                [row, *(self.value(spec, mix((seed + row) & MASK), row) for seed, spec in zip(seeds, columns.values()))]
                for row in range(1, self.counts[table] + 1)
            )
            yield table, ["id", *columns], rows
        for table, link in self.plan.get("links", {}).items():
            columns = link.get("columns", {})
            yield table, ["id", link["left"], link["right"], *columns], self.pairs(table, link, columns)

    def pairs(self, table, link, columns):
        many, base = fnv(f"{table}.many"), fnv(f"{table}.base")
        seeds = [fnv(f"{table}.{column}") for column in columns]
        count, row = self.counts[link["to"]], 0
        for left in range(1, self.counts[link["from"]] + 1):
            start = mix((base + left) & MASK)
            for step in range(mix((many + left) & MASK) % (link["most"] + 1)):
                row += 1
                values = (self.value(spec, mix((s + row) & MASK), row) for s, spec in zip(seeds, columns.values()))
                yield [row, left, 1 + (start % count + step) % count, *values]

    def value(self, spec, draw, row):
        if isinstance(spec, str):
            return spec.replace("{row}", str(row))
        if not isinstance(spec, dict):
            return spec
        if (draw >> 40) % 100 < spec.get("null", 0):
            return None
        match spec:
            case {"ref": table, "skewed": True}:
                return 1 + skew(draw, self.counts[table])
            case {"ref": table}:
                return 1 + draw % self.counts[table]
            case {"each": _}:
                return row
            case {"earlier": _}:
                return None if row == 1 else 1 + draw % (row - 1)
            case {"pick": values}:
                return values[draw % len(values)]
            case {"int": [low, high]}:
                return low + draw % (high - low + 1)
            case {"skewed": [low, high]}:
                return low + skew(draw, high - low + 1)
            case {"tenths": [low, high]}:
                return (low + draw % (high - low + 1)) / 10
            case {"cents": [low, high]}:
                cents = low + draw % (high - low + 1)
                return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
            case {"seconds": [low, high]}:
                return (low + draw % (high - low + 1)) * 1_000_000
            case {"moment": [first, last]}:
                first, last = datetime.datetime.fromisoformat(first), datetime.datetime.fromisoformat(last)
                return str(first + datetime.timedelta(seconds=draw % (int((last - first).total_seconds()) + 1)))
            case {"day": [first, last]}:
                first, last = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
                return str(first + datetime.timedelta(days=draw % ((last - first).days + 1)))
            case {"words": [low, high]}:
                count = low + draw % (high - low + 1)
                picked = (mix((draw + place) & MASK) % len(self.words) for place in range(count))
                return " ".join(self.words[place] for place in picked)
            case {"uuid": _}:
                return f"{draw:016x}{mix(draw):016x}"
        raise ValueError(f"no way to make {spec}")


def digest(dataset, scale, load=None):
    """The SHA-256 of every row as a JSON line after its table's name; `load` gets each table too."""
    total = hashlib.sha256()
    for table, columns, rows in Maker(dataset, scale).tables():
        rows = list(rows)
        total.update(f"{table} {' '.join(columns)}\n".encode())
        for row in rows:
            total.update((json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
        if load:
            load(table, columns, rows)
    return total.hexdigest()


def check(dataset):
    """Loads both scales into Django's tables, constraints on; gives the hash lines."""
    from . import project

    project.set_up(dataset)
    from django.db import connection, transaction

    tables = list(project.read_rows(dataset))
    lines = []
    for scale in ("medium", "large"):
        with transaction.atomic(), connection.cursor() as cursor:
            for table in reversed(tables):
                cursor.execute(f'DELETE FROM "{table}"')
            seen = {}

            def load(table, columns, rows):
                names, places = ", ".join(f'"{c}"' for c in columns), ", ".join(["?"] * len(columns))
                connection.connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)
                seen[table] = len(rows)

            lines.append(f"{digest(dataset, scale, load)}  {dataset} {scale}")
            if set(seen) != set(tables):
                sys.exit(f"{dataset}: tables differ: {sorted(set(seen) ^ set(tables))}")
            connection.check_constraints()
        print(f"{dataset} {scale}: {sum(seen.values())} rows in {len(seen)} tables", file=sys.stderr)
    return lines


def main():
    if len(sys.argv) > 1:
        print("\n".join(check(sys.argv[1])))
        return
    os.environ.update(child_environment())
    command = [sys.executable, "-m", "oracle.scale"]
    text = "".join(subprocess.run([*command, name], check=True, stdout=subprocess.PIPE, text=True).stdout for name in DATASETS)
    if not HASHES.exists():
        HASHES.write_text(text, encoding="utf-8")
    elif HASHES.read_text(encoding="utf-8") != text:
        sys.exit(f"the rows are others than {HASHES} says; delete it if they should be:\n{text}")


if __name__ == "__main__":
    main()
