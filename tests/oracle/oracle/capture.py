"""The log of statements: what Django hands its backend, and from which place in the learner's source."""

import re
import sys
from contextlib import contextmanager

from .cells import cell

FILENAME = "<stdin>"

KINDS = {
    "SELECT": "select", "WITH": "select", "VALUES": "select", "INSERT": "insert", "REPLACE": "insert",
    "UPDATE": "update", "DELETE": "delete", "CREATE": "ddl", "ALTER": "ddl", "DROP": "ddl", "BEGIN": "transaction",
    "COMMIT": "transaction", "END": "transaction", "ROLLBACK": "transaction", "SAVEPOINT": "transaction",
    "RELEASE": "transaction", "PRAGMA": "pragma",
}  # fmt: skip


def kind_of(sql):
    """What a statement does, by its first word."""
    match = re.match(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(\w+)", sql, re.S)
    return KINDS.get(match.group(1).upper(), "other") if match else "other"


def position_in(code, instruction, lines):
    """One-based line and column (in characters) of a frame's running instruction; `(0, 0)` where none is known."""
    positions = list(code.co_positions())
    line, _, column, _ = positions[instruction // 2] if 0 <= instruction // 2 < len(positions) else (None,) * 4
    if line is None:
        return 0, 0
    if column is None:
        return line, 0
    text = lines[line - 1] if line <= len(lines) else ""
    return line, len(text.encode()[:column].decode(errors="ignore")) + 1


class Log:
    """Collects statements while it is open."""

    def __init__(self, source):
        self.lines = source.split("\n")
        self.queries = []
        self.open = True
        # Where a statement is placed that no learner's frame sends: the evaluation of the last expression.
        self.fallback = (0, 0)

    def place(self):
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == FILENAME:
                return position_in(frame.f_code, frame.f_lasti, self.lines)
            frame = frame.f_back
        return self.fallback

    def add(self, sql, params):
        if not self.open:
            return
        sql = str(sql)
        line, column = self.place()
        self.queries.append(
            {"sql": sql, "params": cell(params), "line": line, "column": column, "kind": kind_of(sql)}
        )


_current = None


def install(log):
    """Has Django's debug cursors and transaction statements report to the log as well as to `connection.queries`.

    A later log takes the place of an earlier one.
    """
    global _current
    first, _current = _current is None, log
    if not first:
        return
    from django.db.backends import utils
    from django.db.backends.base import base

    logged_sql, logged_transaction = utils.CursorDebugWrapper.debug_sql, utils.debug_transaction

    @contextmanager
    def debug_sql(self, sql=None, params=None, use_last_executed_query=False, many=False):
        if many and params is not None:
            params = list(params)
        _current.add(sql, params)
        with logged_sql(self, sql, params, use_last_executed_query, many):
            yield

    @contextmanager
    def debug_transaction(connection, sql):
        _current.add(sql, None)
        with logged_transaction(connection, sql):
            yield

    utils.CursorDebugWrapper.debug_sql = debug_sql
    base.debug_transaction = debug_transaction
