"""Models from the tables of a database, as `manage.py inspectdb` prints them."""

import keyword
import re

_HEAD = (
    "# This is an auto-generated Django model module.",
    "# You'll have to do the following manually to clean this up:",
    "#   * Rearrange models' order",
    "#   * Make sure each model has one field with primary_key=True",
    "#   * Make sure each ForeignKey and OneToOneField has `on_delete` set to the desired behavior",
    "#   * Remove `managed = False` lines if you wish to allow Django to create, modify, and delete the table",
    "# Feel free to rename the models, but don't rename db_table values or field names.",
    "from django.db import models",
)


def model_name(table):
    return re.sub(r"[^a-zA-Z0-9]", "", table.title())


def lines(connection, tables=(), include_views=False, table_name_filter=None):
    """The lines of a models.py."""
    introspection = connection.introspection
    with connection.cursor() as cursor:
        yield from _HEAD
        kinds = {"t", "v"} if include_views else {"t"}
        known = {table.name: table for table in introspection.get_table_list(cursor) if table.type in kinds}
        models = []
        for table in tables or sorted(known):
            if table_name_filter is not None and not table_name_filter(table):
                continue
            try:
                relations = introspection.get_relations(cursor, table)
                constraints = introspection.get_constraints(cursor, table)
                key = introspection.get_primary_key_columns(cursor, table) or []
                columns = introspection.get_table_description(cursor, table)
            except Exception as problem:
                yield "# Unable to inspect table '%s'" % table
                yield "# The error was: %s" % problem
                continue
            name = model_name(table)
            yield from ("", "", "class %s(models.Model):" % name)
            models.append(name)
            if len(key) > 1:
                yield "    pk = models.CompositePrimaryKey(%s)" % ", ".join("'%s'" % column for column in key)
            fields = _Fields(connection, cursor, table, name, relations, constraints, key, models)
            for column in columns:
                line = fields.line(column)
                if line is not None:
                    yield line
            yield from _meta(table, constraints, fields.names, table in known and known[table].type == "v")


class _Fields:
    """The fields of one model, as they are written down one after the other."""

    def __init__(self, connection, cursor, table, model, relations, constraints, key, models):
        self.connection, self.cursor, self.table, self.model = connection, cursor, table, model
        self.relations, self.models = relations, models
        self.key = key[0] if len(key) == 1 else None
        self.unique = [
            one["columns"][0] for one in constraints.values() if one["unique"] and len(one["columns"]) == 1]
        self.used, self.names, self.targets = [], {}, set()

    def line(self, column):
        name, params, notes = field_name(column.name, self.used, column.name in self.relations)
        self.used.append(name)
        self.names[column.name] = name
        if column.name == self.key:
            params["primary_key"] = True
        elif column.name in self.unique:
            params["unique"] = True
        if column.name in self.relations:
            start = self._relation(column.name, name, params)
        else:
            kind, more, comments = field_type(self.connection, column)
            params.update(more)
            notes += comments
            start = kind + "("
        if name == "id" and params == {"primary_key": True}:
            if start == "AutoField(":
                return None
            if start == self.connection.features.introspected_field_types["AutoField"] + "(":
                notes.append("AutoField?")
        if column.null_ok:
            params["blank"] = True
            params["null"] = True
        text = "%s = %s%s" % (name, "" if "." in start else "models.", start)
        if start.startswith(("ForeignKey(", "OneToOneField(")):
            text += ", models.DO_NOTHING"
        if params:
            if not text.endswith("("):
                text += ", "
            text += ", ".join("%s=%r" % pair for pair in params.items())
        text += ")"
        return "    " + text + ("  # " + " ".join(notes) if notes else "")

    def _relation(self, column, name, params):
        far, table = self.relations[column]
        if params.pop("unique", False) or params.get("primary_key"):
            kind = "OneToOneField"
        else:
            kind = "ForeignKey"
            key = self.connection.introspection.get_primary_key_column(self.cursor, table)
            if key and key != far:
                params["to_field"] = far
        target = "self" if table == self.table else model_name(table)
        if target in self.targets:
            params["related_name"] = "%s_%s_set" % (self.model.lower(), name)
        self.targets.add(target)
        return "%s(%s" % (kind, target if target in self.models else "'%s'" % target)


def field_name(column, used, is_relation):
    """A column's name as a Python name, with what a field must be told and a reader should know."""
    params, notes = {}, []
    name = column.lower()
    if name != column:
        notes.append("Field name made lowercase.")
    if is_relation:
        if name.endswith("_id"):
            name = name.removesuffix("_id")
        else:
            params["db_column"] = column
    name, count = re.subn(r"\W", "_", name)
    if count:
        notes.append("Field renamed to remove unsuitable characters.")
    if "__" in name:
        while "__" in name:
            name = name.replace("__", "_")
        if "__" in column.lower():
            notes.append("Field renamed because it contained more than one '_' in a row.")
    if name.startswith("_"):
        name = "field" + name
        notes.append("Field renamed because it started with '_'.")
    if name.endswith("_"):
        name += "field"
        notes.append("Field renamed because it ended with '_'.")
    if keyword.iskeyword(name):
        name += "_field"
        notes.append("Field renamed because it was a Python reserved word.")
    if name[0].isdigit():
        name = "number_" + name
        notes.append("Field renamed because it wasn't a valid Python identifier.")
    if name in used:
        number = 0
        while "%s_%d" % (name, number) in used:
            number += 1
        name = "%s_%d" % (name, number)
        notes.append("Field renamed because of name conflict.")
    if column != name and notes:
        params["db_column"] = column
    return name, params, notes


def field_type(connection, column):
    params, notes = {}, []
    try:
        kind = connection.introspection.get_field_type(column.type_code, column)
    except KeyError:
        kind = "TextField"
        notes.append("This field type is a guess.")
    if kind == "CharField" and column.display_size and int(column.display_size) > 0:
        params["max_length"] = int(column.display_size)
    if kind in ("CharField", "TextField") and column.collation:
        params["db_collation"] = column.collation
    if kind == "DecimalField":
        if column.precision is None or column.scale is None:
            notes.append(
                "max_digits and decimal_places have been guessed, as this database handles decimal fields as float")
        params["max_digits"] = 10 if column.precision is None else column.precision
        params["decimal_places"] = 5 if column.scale is None else column.scale
    return kind, params, notes


def _meta(table, constraints, names, is_view):
    together, unknown = [], False
    for one in constraints.values():
        if not one["unique"]:
            continue
        unknown = unknown or None in one["columns"]
        columns = [column for column in one["columns"] if column is not None and column in names]
        if len(columns) > 1 and not one["primary_key"]:
            together.append(str(tuple(names[column] for column in columns)))
    yield ""
    if unknown:
        yield "    # A unique constraint could not be introspected."
    yield "    class Meta:"
    yield "        managed = False" + ("  # Created from a view. Don't remove." if is_view else "")
    yield "        db_table = %r" % table
    if together:
        yield "        unique_together = (%s,)" % ", ".join(together)


def text(tables=()):
    from django.db import connection
    return "\n".join(lines(connection, tables)) + "\n"
