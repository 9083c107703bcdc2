"""Case files: Markdown in which each heading is a case.

A case is a heading, maybe prose, a `py` block with the program, and the blocks of its expectation, which the oracle
writes. A block that is missing says that there is nothing: no statements, no output, no rows, no value, no error.
"""

import json
import re
from dataclasses import dataclass, field

EXPECTED = ("sql", "columns", "rows", "value", "stdout", "error", "traceback")
FENCE = re.compile(r"^(`{3,})\s*(\S*)\s*(.*)$")
STATEMENT = re.compile(r"^-- (\d+):(\d+) (\w+) (.*)$")


@dataclass
class Block:
    """A fenced block: its language, the words after it, and its lines."""

    language: str
    words: str
    lines: list

    def render(self):
        ticks = "`" * max([3] + [len(m) + 1 for line in self.lines for m in re.findall(r"^`{3,}", line)])
        opening = f"{ticks}{self.language}" + (f" {self.words}" if self.words else "")
        return [opening, *self.lines, ticks]


@dataclass
class Case:
    """What stands between one heading and the next; `parts` holds prose lines and blocks in order."""

    heading: str
    parts: list = field(default_factory=list)

    @property
    def program(self):
        return next((part for part in self.parts if isinstance(part, Block) and part.language == "py"), None)

    @property
    def source(self):
        return "\n".join(self.program.lines) + "\n"

    @property
    def attributes(self):
        pairs = (word.partition("=") for word in self.program.words.split())
        return {name: value or True for name, _, value in pairs}

    def render(self):
        lines = [self.heading] if self.heading else []
        for part in self.parts:
            lines += part.render() if isinstance(part, Block) else [part]
        return lines

    def expect(self, run_object, with_traceback):
        """Replaces the case's expectation."""
        keep = [p for p in self.parts if not (isinstance(p, Block) and p.language in EXPECTED)]
        while keep and keep[-1] == "":
            keep.pop()
        self.parts = keep + expectation(run_object, with_traceback) + [""]


def parse(text):
    """The cases of a file; what stands before the first heading is a case without a heading."""
    cases = [Case("")]
    lines = iter(text.split("\n"))
    for line in lines:
        fence = FENCE.match(line)
        if fence:
            body = []
            for inner in lines:
                if inner.rstrip() == fence.group(1):
                    break
                body.append(inner)
            cases[-1].parts.append(Block(fence.group(2), fence.group(3), body))
        elif re.match(r"^#{1,6} ", line):
            cases.append(Case(line))
        else:
            cases[-1].parts.append(line)
    return cases


def render(cases):
    text = "\n".join(line for case in cases for line in case.render())
    return text.rstrip("\n") + "\n"


def compact(value):
    return json.dumps(value, ensure_ascii=False)


def expectation(run_object, with_traceback):
    """The blocks that say what a run object says, but for what differs between runs."""
    blocks = []
    if run_object["queries"]:
        lines = []
        for query in run_object["queries"]:
            place = f"{query['line']}:{query['column']}"
            lines.append(f"-- {place} {query['kind']} {compact(query['params'])}")
            lines += query["sql"].split("\n")
        blocks.append(Block("sql", "", lines))
    if run_object["columns"] is not None:
        rows = [compact(run_object["columns"])] + [compact(row) for row in run_object["rows"]]
        blocks.append(Block("rows", "", rows))
    if run_object["value"] is not None:
        blocks.append(Block("value", "", run_object["value"].split("\n")))
    if run_object["stdout"]:
        ended = run_object["stdout"].endswith("\n")
        text = run_object["stdout"][:-1] if ended else run_object["stdout"]
        blocks.append(Block("stdout", "" if ended else "unended", text.split("\n")))
    error = run_object["error"]
    if error:
        place = f"{error['line']}:{error['column']}"
        blocks.append(Block("error", "", [f"{error['type']} at {place}", *error["message"].split("\n")]))
        if with_traceback:
            blocks.append(Block("traceback", "", error["traceback"].rstrip("\n").split("\n")))
    return blocks
