"""What a database's tables are made of: `connection.introspection`'s methods call the functions of the same names."""

import re
from collections import namedtuple

from django.db.utils import DatabaseError

FieldInfo = namedtuple("FieldInfo", (
    "name", "type_code", "display_size", "internal_size", "precision", "scale", "null_ok", "default", "collation", "pk",
    "has_json_constraint"))
TableInfo = namedtuple("TableInfo", ("name", "type"))

_FIELDS = {
    "bool": "BooleanField", "boolean": "BooleanField", "smallint": "SmallIntegerField",
    "smallint unsigned": "PositiveSmallIntegerField", "smallinteger": "SmallIntegerField", "int": "IntegerField",
    "integer": "IntegerField", "bigint": "BigIntegerField", "integer unsigned": "PositiveIntegerField",
    "bigint unsigned": "PositiveBigIntegerField", "decimal": "DecimalField", "real": "FloatField", "text": "TextField",
    "char": "CharField", "varchar": "CharField", "blob": "BinaryField", "date": "DateField", "datetime": "DateTimeField",
    "time": "TimeField",
}


def _quoted(self, name):
    return self.connection.ops.quote_name(name)


def get_field_type(self, data_type, description):
    kind = _FIELDS[data_type.lower().split("(", 1)[0].strip()]
    if description.pk and kind in ("BigIntegerField", "IntegerField", "SmallIntegerField"):
        return "AutoField"
    return "JSONField" if description.has_json_constraint else kind


def get_table_list(self, cursor):
    cursor.execute("""
            SELECT name, type FROM sqlite_master
            WHERE type in ('table', 'view') AND NOT name='sqlite_sequence'
            ORDER BY name""")
    return [TableInfo(name, kind[0]) for name, kind in cursor.fetchall()]


def table_names(self, cursor, include_views):
    def names(cursor):
        return sorted(
            table.name for table in self.get_table_list(cursor) if include_views or table.type == "t")
    if cursor is None:
        with self.connection.cursor() as cursor:
            return names(cursor)
    return names(cursor)


def _size(name):
    found = re.search(r"^\s*(?:var)?char\s*\(\s*(\d+)\s*\)\s*$", name)
    return int(found[1]) if found else None


def get_table_description(self, cursor, table_name):
    cursor.execute("PRAGMA table_xinfo(%s)" % _quoted(self, table_name))
    columns = cursor.fetchall()
    if not columns:
        raise DatabaseError("Table %s does not exist (empty pragma)." % table_name)
    collations = _column_collations(cursor, table_name)
    json = set()
    for column in columns if self.connection.features.can_introspect_json_field else ():
        found = cursor.execute("""
                    SELECT sql
                    FROM sqlite_master
                    WHERE
                        type = 'table' AND
                        name = %s AND
                        sql LIKE %s
                """, [table_name, '%%json_valid("%s")%%' % column[1]]).fetchone()
        if found:
            json.add(column[1])
    described = [
        FieldInfo(name, kind, _size(kind), None, None, None, not notnull, default, collations.get(name), bool(pk),
                  name in json)
        for _cid, name, kind, notnull, default, pk, hidden in columns if hidden in (0, 2, 3)]
    if sum(column.pk for column in described) > 1:
        described = [column._replace(pk=False) for column in described]
    return described


def _column_collations(cursor, table_name):
    row = cursor.execute("""
            SELECT sql
            FROM sqlite_master
            WHERE type = 'table' AND name = %s
        """, [table_name]).fetchone()
    if not row:
        return {}
    collations = {}
    for column in _last_part(row[0]).strip("()").split(", "):
        words = column[1:].split()
        name = words[0].strip('"')
        for at, word in enumerate(words):
            if word == "COLLATE":
                collation = words[at + 1]
                break
        else:
            collation = None
        collations[name] = collation
    return collations


def _last_part(sql):
    """The parenthesis that a statement ends with, or its last word."""
    sql = sql.rstrip()
    if not sql.endswith(")"):
        return sql.split()[-1]
    depth = 0
    for kind, text, place in _tokens(sql):
        if kind == "punctuation" and text == "(":
            if depth == 0:
                start = place
            depth += 1
        elif kind == "punctuation" and text == ")":
            depth -= 1
    return sql[start:]


_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)|(?P<symbol>\"(?:[^\"]|\"\")*\")|(?P<string>'(?:[^']|'')*')|"
    r"(?P<word>`[^`]*`|\[[^\]]*\]|[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<punctuation>[(),;])|(?P<other>.)", re.S)


def _tokens(sql):
    for found in _TOKEN.finditer(sql):
        if found.lastgroup != "space":
            yield found.lastgroup, found.group(), found.start()


def _name(kind, text):
    """A token as the name of a column or constraint; None for any other token."""
    if kind == "word":
        return text
    return text[1:-1] if kind == "symbol" else None


def _entry(columns, **known):
    return {"unique": False, "columns": columns, "primary_key": False, "foreign_key": None, "check": False,
            "index": False, **known}


def _definition(tokens, columns):
    """One column or constraint of a table: its name, its unique and its checked columns, and the token that ends it."""
    named = None
    field = constraint = None
    unique, check = [], []
    unique_depth = check_depth = None
    depth = 0
    end = ")"
    for kind, text, _place in tokens:
        word = text.upper() if kind == "word" else ""
        if kind == "punctuation":
            if text == "(":
                depth += 1
            elif text == ")":
                depth -= 1
                if depth < 0:
                    end = ")"
                    break
            elif text == "," and depth == 0:
                end = ","
                break
        if named is None:
            named = word == "CONSTRAINT"
            if named:
                continue
        name = _name(kind, text)
        if named:
            if constraint is None:
                constraint = name
            if word == "UNIQUE":
                unique_depth = depth
            elif unique_depth is not None:
                if unique_depth == depth:
                    if unique:
                        unique_depth = None
                    continue
                if name is not None:
                    unique.append(name)
        else:
            if field is None:
                field = name
            if word == "UNIQUE":
                unique = [field]
        if word == "CHECK":
            check_depth = depth
        elif check_depth is not None:
            if check_depth == depth:
                if check:
                    check_depth = None
                continue
            if name in columns:
                check.append(name)
    return constraint, unique, check, end


def _table_constraints(sql, columns):
    found, unnamed = {}, 0
    tokens = _tokens(sql)
    for kind, text, _place in tokens:
        if (kind, text) == ("punctuation", "("):
            break
    end = ","
    while end == ",":
        name, unique, check, end = _definition(tokens, columns)
        for entry in (
                unique and _entry(unique, unique=True), check and _entry(check, check=True)):
            if not entry:
                continue
            if not name:
                unnamed += 1
            found[name or "__unnamed_constraint_%s__" % unnamed] = entry
    return found


def get_constraints(self, cursor, table_name):
    found = {}
    row = cursor.execute(
        "SELECT sql FROM sqlite_master WHERE type='table' and name=%s", [table_name]).fetchone()
    if row is not None:
        columns = {column.name for column in self.get_table_description(cursor, table_name)}
        found.update(_table_constraints(row[0], columns))
    cursor.execute("PRAGMA index_list(%s)" % _quoted(self, table_name))
    for _number, index, unique, *_rest in cursor.fetchall():
        cursor.execute("SELECT sql FROM sqlite_master WHERE type='index' AND name=%s", [index])
        (sql,) = cursor.fetchone() or (None,)
        if not sql:
            # Part of the table's own definition.
            continue
        cursor.execute("PRAGMA index_info(%s)" % _quoted(self, index))
        found[index] = _entry([column for _rank, _column_rank, column in cursor.fetchall()],
                              unique=bool(unique), index=True, type="idx")
        orders = _orders(sql)
        if orders is not None:
            found[index]["orders"] = orders
    key = self.get_primary_key_columns(cursor, table_name)
    if key:
        found["__primary__"] = _entry(key, primary_key=True)
    for at, (column, (far, table)) in enumerate(self.get_relations(cursor, table_name).items()):
        found["fk_%d" % at] = _entry([column], foreign_key=(table, far))
    return found


def _orders(sql):
    depth, start = 0, None
    for kind, text, place in _tokens(sql):
        if kind != "punctuation":
            continue
        if text == "(":
            start = place if start is None else start
            depth += 1
        elif text == ")":
            depth -= 1
            if depth == 0:
                columns = sql[start:place + 1].strip("()").split(", ")
                return ["DESC" if column.endswith("DESC") else "ASC" for column in columns]
    return None


def get_primary_key_columns(self, cursor, table_name):
    cursor.execute("PRAGMA table_info(%s)" % _quoted(self, table_name))
    return [name for _cid, name, *_rest, pk in cursor.fetchall() if pk]


def get_primary_key_column(self, cursor, table_name):
    columns = self.get_primary_key_columns(cursor, table_name)
    return columns[0] if columns else None


def get_relations(self, cursor, table_name):
    cursor.execute("PRAGMA foreign_key_list(%s)" % _quoted(self, table_name))
    return {column: (far, table) for _id, _seq, table, column, far, *_rest in cursor.fetchall()}


def get_sequences(self, cursor, table_name, table_fields):
    return [{"table": table_name, "column": self.get_primary_key_column(cursor, table_name)}]


def get_migratable_models(self):
    from django.apps import apps
    from django.db import router
    return [
        model for config in apps.get_app_configs() for model in config.get_models()
        if model._meta.can_migrate(self.connection) and router.allow_migrate_model(self.connection.alias, model)]


def django_table_names(self, only_existing, include_views):
    tables = set()
    for model in self.get_migratable_models():
        if not model._meta.managed:
            continue
        tables.add(model._meta.db_table)
        tables.update(
            field.m2m_db_table() for field in model._meta.local_many_to_many
            if field.remote_field.through._meta.managed)
    tables = list(tables)
    if only_existing:
        known = set(self.table_names(include_views=include_views))
        tables = [table for table in tables if table in known]
    return tables


def installed_models(self, tables):
    tables = set(tables)
    return {model for model in self.get_migratable_models() if model._meta.db_table in tables}


def sequence_list(self):
    found = []
    with self.connection.cursor() as cursor:
        for model in self.get_migratable_models():
            if not model._meta.managed or model._meta.swapped:
                continue
            found.extend(self.get_sequences(cursor, model._meta.db_table, model._meta.local_fields))
            for field in model._meta.local_many_to_many:
                if field.remote_field.through._meta.auto_created:
                    found.extend(self.get_sequences(cursor, field.m2m_db_table()))
    return found
