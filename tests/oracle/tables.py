"""Writes the tables of expectations for SQL functions and for decimals, dates, UUIDs and patterns.

Run with real Django installed: python tests/oracle/tables.py
Each line of a table is a JSON list: what to do, its operands, and what CPython or Django gave.
"""

import datetime as dt
import decimal
import itertools
import json
import pathlib
import random
import re
import struct
import uuid
import zoneinfo

import django
from django.conf import settings

HERE = pathlib.Path(__file__).resolve().parent.parent / "conformance"
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, USE_TZ=True
)
django.setup()
from django.db import connection  # noqa: E402


def write(folder, name, lines):
    path = HERE / folder / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=True) + "\n")
    print(f"{path.relative_to(HERE)}: {len(lines)}")


# ---------------------------------------------------------------- SQL functions

def sql_result(expression):
    try:
        with connection.cursor() as cursor:
            cursor.cursor.execute("SELECT " + expression)
            value = cursor.cursor.fetchone()[0]
    except Exception as error:
        return ["error", type(error).__name__.replace("sqlite3.", ""), str(error)]
    if value is None:
        return ["null"]
    if isinstance(value, int):
        return ["integer", str(value)]
    if isinstance(value, float):
        return ["real", repr(value)]
    if isinstance(value, bytes):
        return ["blob", value.hex()]
    return ["text", value]


def quote(value):
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return "x'" + value.hex() + "'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "9e999" if value > 0 else "-9e999"
    return repr(value)


def calls(name, *columns):
    for arguments in itertools.product(*columns):
        yield f"{name}({', '.join(map(quote, arguments))})"


DATES = ["2024-02-29", "2023-12-31", "2024-12-30", "2021-01-03", "0001-01-01", "9999-12-31", "2024-2-9"]
DATETIMES = [
    "2024-02-29 23:59:59.999999",
    "2024-03-31 01:30:00",
    "2024-10-27 00:30:00.5",
    "2024-11-03 06:15:00+00",
    "2016-01-01 00:00:00-05:30",
    "1999-12-31 22:00:01.1234567",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
]
BAD_DATES = ["", "x", "2024-13-01", "2024-02-30", "2024-01", "2024-01-01 12:00", "2024-01-01 25:00:00", "2024-01-01T10:00:00",
             " 2024-01-01", "2024-01-01 10:00:00 ", "2024 01 01", "20240101", "2024-01-01 10:00:00.1.2", "+2024-0_1-01",
             "99999999999-01-01", None, 0, 5, 1.5, 0.0, b"", b"2024-01-01", "-2024-01-01 00:00:00"]
TIMES = ["00:00:00", "23:59:59.999999", "1:2:3", "12:30:00.5", "12:00", "24:00:00", "", "x:y:z", None, 5, 0, 1.5, b"12:00:00",
         "12:00:00.1234567", " 12 : 0 : 0 "]
ZONES = [
    (None, None), ("UTC", "UTC"), ("Europe/Berlin", "UTC"), ("America/New_York", "UTC"), ("UTC", "America/Chicago"),
    ("UTC+05:30", "UTC"), ("+3:00", "UTC"), ("-03:00", "Europe/Berlin"), ("Etc/GMT+10", "UTC"), ("Asia/Kathmandu", "UTC"),
    ("Nowhere/Land", "UTC"), ("America/Port-au-Prince", "UTC"), ("UTC-25:00", "UTC"), ("UTC+1", "UTC"), (None, "UTC"),
]


def function_tables():
    lookups = ["year", "iso_year", "quarter", "month", "week", "day", "week_day", "iso_week_day", "hour", "minute", "second",
               "microsecond", "fold", "nope", None, 5]
    cases = list(calls("django_date_extract", lookups, DATES + DATETIMES + BAD_DATES))
    for tz in ZONES:
        cases += calls("django_datetime_extract", ["year", "week", "day", "hour", "minute"], DATETIMES + ["2024-01-01"], [tz[0]], [tz[1]])
        cases += calls("django_datetime_trunc", ["week", "day", "hour"], DATETIMES + ["2024-01-01"], [tz[0]], [tz[1]])
        cases += calls("django_datetime_cast_date", DATETIMES + ["2024-01-01", None], [tz[0]], [tz[1]])
        cases += calls("django_datetime_cast_time", DATETIMES + ["2024-01-01", ""], [tz[0]], [tz[1]])
        cases += calls("django_time_trunc", ["hour"], DATETIMES[:3] + ["10:11:12"], [tz[0]], [tz[1]])
    kinds = ["year", "quarter", "month", "week", "day", "hour", "minute", "second", "nope"]
    cases += calls("django_date_trunc", kinds, DATES + DATETIMES + BAD_DATES, [None], [None])
    cases += calls("django_datetime_trunc", kinds, DATETIMES + BAD_DATES, ["UTC"], ["UTC"])
    cases += calls("django_time_extract", ["hour", "minute", "second", "microsecond", "year", None], TIMES)
    cases += calls("django_time_trunc", ["hour", "minute", "second", "day"], TIMES + BAD_DATES[:6], [None], [None])
    cases += calls("django_time_diff", TIMES, TIMES)
    some = DATES[:3] + DATETIMES[:3] + BAD_DATES[:8] + [None, 0, 5]
    cases += calls("django_timestamp_diff", some, some)
    operands = ["2024-02-29", "2024-02-29 12:00:00.25", "9999-12-31", "x", "", "2024-01-01 10:00", None, 0, 11, -86400000001,
                10**18, 1.5, 0.0, b"a"]
    cases += calls("django_format_dtdelta", ["+", "-", " - ", "*", "/", None, "%"], operands, operands)
    write("functions", "datetime", [[case, sql_result(case)] for case in cases])

    texts = ["", "a", "añb\U0001F600", "tab\t", None, 5, 1.5, b"ab", b""]
    cases = [*calls("LPAD", texts, [0, 1, 3, 7, -1, None, 2.0], ["", "xy", "ü", None, b"z", 5])]
    cases += calls("RPAD", texts, [0, 1, 3, 7, -1, None, 2.0], ["", "xy", "ü", None, b"z", 5])
    cases += calls("REPEAT", texts, [0, 1, 3, -1, None, 1.5, "a"])
    for name in ["REVERSE", "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"]:
        cases += calls(name, texts)
    write("functions", "text", [[case, sql_result(case)] for case in cases])

    numbers = [0, 1, -1, 2, 7, -7, 10, 100, 2**62, 0.5, -0.5, 1.5, -2.5, 3.141592653589793, 1e-300, 1e300, 1e16, None, "x", "",
               "12", " 1.5 ", "1e3", "0x10", "12abc", b"1", float("inf"), -(2**63) + 1, 0.0, -0.0]
    cases = []
    for name in ["ACOS", "ASIN", "ATAN", "CEILING", "COS", "DEGREES", "EXP", "FLOOR", "LN", "LOG", "LOG10", "LOG2", "RADIANS",
                 "SIN", "SQRT", "TAN", "COT", "SIGN", "CEIL", "TRUNC", "ABS", "SINH", "TANH", "COSH", "ASINH", "ACOSH", "ATANH"]:
        cases += calls(name, numbers)
    for name in ["ATAN2", "LOG", "MOD", "POWER", "BITXOR"]:
        cases += calls(name, numbers[:20] + ["x", "12", b"1"], [0, 1, 2, -3, 0.5, 10, 1e300, None, "x", "2"])
    cases.append("PI()")
    write("functions", "math", [[case, sql_result(case)] for case in cases])

    columns = [[], [1], [2, 2], [1, 2, 4], [1.5, 2.5], [1, 2.5], [0.1, 0.2, 0.3], [1e308, -1e308], [1, None], [None], ["a"], [b"a"],
               [2**62, -(2**62)], [1e-320, 3e-320], [float("inf"), 1.0], [float("inf"), float("-inf")], [3], [3.5], [10**15 + 0.1, 10**15],
               [1, 2, 3, 4, 5, 6, 7, 8, 9.5], [1e200, 1e-200, 5], [-4, 5, 7, 7, 12]]
    rng = random.Random(7)
    for _ in range(60):
        columns.append([rng.choice([rng.randint(-99, 99), rng.uniform(-5, 5), rng.uniform(-1e9, 1e9)]) for _ in range(rng.randint(2, 9))])
    cases = []
    for name, column in itertools.product(["STDDEV_POP", "STDDEV_SAMP", "VAR_POP", "VAR_SAMP"], columns):
        rows = " UNION ALL ".join(f"SELECT {quote(value)} AS x" for value in column) or "SELECT 1 AS x WHERE 0"
        cases.append(f"(SELECT {name}(x) FROM ({rows}))")
    write("functions", "statistics", [[case, sql_result(case)] for case in cases])

    patterns = ["a", "^a", "a$", "^$", ".", "\\d+", "\\D", "\\w+\\s\\w+", "(a)\\1", "(?P<x>a)(?P=x)", "(?i)ÄB", "[[:alpha:]]", "a{2,3}", "a{,2}b",
                "(?<=a)b", "(?<!a)b", "a(?=b)", "a(?!b)", "a|b|", "(?x) a b # c", "[^\\W\\d_]", "\\bfoo\\b", "\\Bo", "(", "*", "[a", "\\", "a**",
                "(?P<1>a)", "\\x41", "\\u00e9", "x{", "{", "}", "]", "(?s)a.b", "a.b", "(?m)^b$", "\\Ab", "a\\Z", "(?(1)a|b)", "(a)?(?(1)b|c)",
                "a++b", "(?>a|ab)c", "(?a)\\w", "\\w", "[\\s]", "\\S+", "[a-]", "[]a]", "[^]a]", "\\1", "%", "_", "a(?#x)b", "(?:a|b)+c", "ß",
                "(?i)ss", "[À-ÿ]", "(a*)*b", "(?i:A)b", "\\N{DIGIT ONE}", "\\Q", "(?<=a|bc)d", "[\\w-]+@[\\w.]+", "K", "(?i)k"]
    subjects = ["", "a", "ab", "aa", "aab", "aaab", "b", "abc", "ac", "foo bar", "a\nb", "a\n", "b\na", "ÄB", "äb", "é", "A", "1", "12", "x{", "{}", "[]",
                "a-b", "%_", "ß", "SS", "a b", "afoo foo", "\u200d", "\u0301", "x@y.z", "\u212a", "²", "bcd ad", None, 5, 1.5, b"ab"]
    cases = []
    for pattern, subject in itertools.product(patterns, subjects):
        if pattern.startswith("\\N"):
            continue
        cases.append(f"{quote(subject)} REGEXP {quote(pattern)}")
    write("functions", "regexp", [[case, sql_result(case)] for case in cases])


# ---------------------------------------------------------------- decimals

def decimal_tables():
    rng = random.Random(11)
    special = ["0", "-0", "0.00", "0E+5", "0E-30", "1", "-1", "1.0", "10", "1E+3", "9.999999999", "0.1", "NaN", "-NaN12", "sNaN", "sNaN5", "Infinity",
               "-Infinity", "1E-999999", "9E+999999", "2", "0.5", "-0.5", "1.5", "2.5", "1E+40", "1E-40", "123456789012345678901234567890"]

    def operand():
        if rng.random() < 0.2:
            return rng.choice(special)
        digits = "".join(rng.choice("0123456789" if rng.random() < 0.7 else "09") for _ in range(rng.choice([1, 2, 3, 5, 9, 18, 28, 33])))
        exponent = rng.choice([0, 0, 0, -1, -2, -5, 3, -30, 25, rng.randint(-60, 60)])
        return f"{rng.choice(['', '-'])}{int(digits)}E{exponent}" if exponent else f"{rng.choice(['', '-'])}{int(digits)}"

    roundings = [decimal.ROUND_CEILING, decimal.ROUND_DOWN, decimal.ROUND_FLOOR, decimal.ROUND_HALF_DOWN, decimal.ROUND_HALF_EVEN,
                 decimal.ROUND_HALF_UP, decimal.ROUND_UP, decimal.ROUND_05UP]

    def context():
        if rng.random() < 0.4:
            return decimal.Context(prec=28, rounding=rng.choice(roundings), traps=[])
        return decimal.Context(prec=rng.choice([1, 2, 3, 5, 9, 16]), rounding=rng.choice(roundings), Emin=rng.choice([-999999, -20, -5]),
                               Emax=rng.choice([999999, 20, 40]), clamp=rng.choice([0, 0, 0, 1]), traps=[])

    def flags(c):
        return sorted(signal.__name__ for signal, set_ in c.flags.items() if set_)

    two = ["add", "subtract", "multiply", "divide", "divide_int", "remainder", "remainder_near", "compare", "compare_signal", "compare_total",
           "compare_total_mag", "max", "min", "max_mag", "min_mag", "quantize", "next_toward", "scaleb", "shift", "rotate", "divmod",
           "logical_and", "logical_or", "logical_xor", "power"]
    one = ["plus", "minus", "abs", "normalize", "to_integral_value", "to_integral_exact", "sqrt", "exp", "ln", "log10", "logb", "next_plus", "next_minus",
           "logical_invert", "number_class", "create_decimal", "to_eng_string"]
    lines = []

    def run(name, c, *operands):
        values = [decimal.Context(traps=[], prec=decimal.MAX_PREC, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN).create_decimal(o) for o in operands]
        c.clear_flags()
        result = getattr(c, name)(*values)
        shown = [str(part) for part in result] if isinstance(result, tuple) else str(result)
        lines.append([name, c.prec, c.rounding, c.Emin, c.Emax, c.clamp, *map(str, values), shown, flags(c)])

    for name in two:
        for _ in range(90):
            c = context()
            a, b = operand(), operand()
            if name in ("scaleb", "shift", "rotate") and rng.random() < 0.8:
                b = str(rng.randint(-c.prec, c.prec))
            if name == "quantize" and rng.random() < 0.8:
                b = f"1E{rng.randint(-8, 4)}"
            if name.startswith("logical") and rng.random() < 0.8:
                a, b = (bin(rng.randint(0, 2**12))[2:] for _ in range(2))
            if name == "power":
                if rng.random() < 0.6:
                    b = str(rng.choice([-3, -2, -1, 0, 1, 2, 3, 5, 10, 17]))
                elif rng.random() < 0.8:
                    a, b = str(abs(decimal.Decimal(rng.uniform(0.01, 50)).normalize(decimal.Context(prec=6)))), str(round(rng.uniform(-5, 5), 3))
            run(name, c, a, b)
    for name in one:
        for _ in range(90):
            c = context()
            a = operand()
            if name in ("exp", "ln", "log10") and rng.random() < 0.7:
                a = repr(rng.uniform(0.0001, 300)) if rng.random() < 0.6 else "1." + "0" * rng.randint(0, 12) + "1"
            if name == "logical_invert" and rng.random() < 0.7:
                a = bin(rng.randint(0, 2**9))[2:]
            run(name, c, a)
    write("values", "decimal_operations", lines)

    lines = []
    for text in special + ["", " 1 ", "1_000.5", "_1", "1e", "e1", ".", "1.", ".5", "+.5e-3", "\u0661\u0662", "1 2", "nan0", "NaN012", "inf", "+Infinity", "snan1x",
                           "1e99999999999999999999", "0x10", "--1", "1e+", "\n5\t", "1E-1999999999999999998", "00012.300"]:
        try:
            value = decimal.Decimal(text)
            tuple_ = value.as_tuple()
            lines.append([text, repr(value), value.to_eng_string(), [tuple_.sign, list(tuple_.digits), str(tuple_.exponent)], value.adjusted(),
                          hash(value) if not value.is_nan() and abs(value.adjusted()) < 10**7 else None, None])
        except decimal.InvalidOperation as error:
            lines.append([text, None, None, None, None, None, str(error)])
    write("values", "decimal_texts", lines)

    lines = []
    for _ in range(80):
        x = struct.unpack("d", rng.randbytes(8))[0] if rng.random() < 0.3 else rng.uniform(-1000, 1000)
        if x == x:
            lines.append([repr(x), str(decimal.Decimal(x)), repr(float(decimal.Decimal(repr(x))))])
    write("values", "decimal_floats", lines)

    specs = ["", "f", ".2f", ".0f", "e", ".3e", "g", ".3g", "G", "%", ".1%", "n", "10", "<10", "^10.2f", "*^12", "=+10", "+", " ", "-", "010", "010.2f", ",", ",.2f",
             "012,.2f", "z.1f", "x", "d", ".", "10.", "0<5", "<05", "\u00e9>8", "E", ".10", ".0e", "#g", "_", "+.1e", "020,", "1,.3g", "s", ",n"]
    numbers = ["0", "-0", "0.00", "0E+3", "0E-9", "1", "-1234567.891", "1E+10", "1.5E-9", "123.456", "0.0001234", "-0.04", "99.995", "NaN", "-Infinity", "sNaN3",
               "12345678901234567890.5", "1E+3", "-0.5", "9.9995"]
    lines = []
    for spec, number in itertools.product(specs, numbers):
        value = decimal.Decimal(number)
        try:
            lines.append([spec, number, format(value, spec)])
        except Exception as error:
            lines.append([spec, number, None, str(error)])
    write("values", "decimal_formats", lines)

    lines = []
    for number, places in itertools.product(["2.5", "-2.5", "1.005", "1234.5678", "0", "-0.4", "1E+5", "99.99"], [None, 0, 1, 2, -1, -2, 30]):
        value = decimal.Decimal(number)
        try:
            lines.append([number, places, repr(round(value) if places is None else round(value, places))])
        except decimal.InvalidOperation as error:
            lines.append([number, places, str(error)])
    write("values", "decimal_rounds", lines)


# ---------------------------------------------------------------- dates

def date_tables():
    rng = random.Random(13)
    moments = [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999), dt.datetime(2024, 2, 29, 12, 30, 45, 123), dt.datetime(1999, 12, 31, 23, 0),
               dt.datetime(2021, 1, 3, 0, 5), dt.datetime(2020, 12, 31), dt.datetime(987, 6, 5, 4, 3, 2)]
    for _ in range(40):
        moments.append(dt.datetime.fromordinal(rng.randint(1, 3652059)) + dt.timedelta(microseconds=rng.randint(0, 86399999999)))
    letters = "aAbBcCdDeFgGhHIjklmMnpPrRStTuUVwWxXyYzZ%f"
    lines = []
    for moment in moments:
        for letter in letters:
            lines.append([f"%{letter}", str(moment), moment.strftime(f"%{letter}")])
    for form in ["%-d.%-m.%y", "%_d|%e", "%05d", "%^a %#p %^B", "%10A|", "%-j %_j", "%Y-%m-%dT%H:%M:%S.%f", "100%", "%%Y", "%Q", "%5Y", "%Ey %Od", "%-I%p", "%010e", "%3S", "%s"]:
        for moment in moments[2:9]:
            if form == "%s":
                continue
            lines.append([form, str(moment), moment.strftime(form)])
    write("values", "strftime", lines)

    lines = []
    cases = [("2024-02-29", "%Y-%m-%d"), ("29 Feb", "%d %b"), ("5/6/24 7:08 PM", "%m/%d/%y %I:%M %p"), ("111", "%d%m"), ("2024-060", "%Y-%j"), ("2024 10 3", "%Y %U %w"),
             ("2024 10 3", "%Y %W %w"), ("2024-W10-3", "%G-W%V-%u"), ("Mon Jan  1 10:00:00 2024", "%c"), ("01/02/03", "%x"), ("10:11:12", "%X"), ("x", "%Y"), ("2024x", "%Y"),
             ("2024", "%Q"), ("2024", "%"), ("12", "%H%"), ("monday", "%A"), ("TUE", "%a"), ("2024-01-01 10:00:00.5", "%Y-%m-%d %H:%M:%S.%f"), ("+05:30", "%z"), ("-0530", "%z"),
             ("Z", "%z"), ("+05:3015", "%z"), ("+05:30:15.25", "%z"), ("UTC", "%Z"), ("gmt", "%Z"), ("xyz", "%Z"), ("60", "%S"), ("2024 W", "%Y W"), ("2024\t\t1", "%Y %m"),
             ("31 2", "%d %m"), ("2023 366", "%Y %j"), ("2024 53", "%G %V"), ("53 1", "%V %w"), ("2024 5 1", "%Y %V %w"), ("2024 5 1 7", "%G %V %w %j"), ("a%b", "a%%b"), ("", ""),
             ("12 AM", "%I %p"), ("12 pm", "%I %p"), ("13", "%I"), ("00 0", "%U %w"), ("May 5", "%B %d"), ("2024 0 0", "%Y %U %w"), ("2024 0 1", "%Y %W %w"), ("24", "%y"), ("69", "%y"),
             ("2024-1-1", "%Y-%m-%d"), ("2024-01-01 ", "%Y-%m-%d"), ("(1)", "(%d)"), ("1.", "%d."), ("2024", "%(Y")]
    for text, form in cases:
        try:
            lines.append([text, form, repr(dt.datetime.strptime(text, form)), None])
        except ValueError as error:
            lines.append([text, form, None, str(error)])
    write("values", "strptime", lines)

    lines = []
    texts = ["2024-02-29", "20240229", "2024-W09-4", "2024W094", "2024-W09", "2024W09", "2024-2-29", "2024-02-30", "2024-13-01", "0000-01-01", "2024-W54-1", "2024-W53-1", "2020-W53-7",
             "2024-W01-0", "2024-02-29T10", "2024-02-29 10:11", "2024-02-29T10:11:12", "20240229T101112", "2024-02-29T10:11:12.5", "2024-02-29T10:11:12,123456789", "2024-02-29T10:11:12Z",
             "2024-02-29T10:11:12+05:30", "2024-02-29T10:11:12-0530", "2024-02-29T10:11:12+05", "2024-02-29T10:11:12+05:30:15.5", "2024-02-29T10:11:12+24:00", "2024-02-29T25:00",
             "2024-02-29T", "2024-02-29T1", "2024-02-29T10:1", "2024-02-29T10:1112", "2024-02-29T1011:12", "2024-W09-4T10:11", "2024-W09T10", "2024W094T10", "2024W09T10", "2024-02-29é10:11", "",
             "x", "2024-02-29T10:11:12.x", "2024-02-29T10:11:12+", "2024-02-29T10:11:12+00:00", "2024-02-29T10:11:60", "10:11", "T10:11:12", "10", "1011", "101112.5", "10:11:12+01:00", "10:11Z", "24:00",
             "1", "10:", "10:11:12.1234567", "10:11:12.", "2024-060", "2024-0229", "202402-29", "2024-02-29T10:11:12 +01:00", "2024-W09-410:11", "\u0662024-01-01", "2024-02-29T10:11:12z"]
    for text in texts:
        row = [text]
        for kind in (dt.date, dt.time, dt.datetime):
            try:
                row.append(repr(kind.fromisoformat(text)))
            except Exception as error:
                row.append([str(error)])
        lines.append(row)
    write("values", "fromisoformat", lines)

    lines = []
    for moment in moments:
        iso = moment.date().isocalendar()
        lines.append([str(moment.date()), moment.toordinal(), moment.weekday(), iso.year, iso.week, iso.weekday, moment.timetuple().tm_yday, repr(moment), moment.ctime(),
                      moment.isoformat(timespec="milliseconds"), str(dt.timezone.utc.utcoffset(None)), repr(moment.replace(tzinfo=dt.timezone.utc).timestamp())])
    write("values", "datetimes", lines)

    lines = []
    zones = ["Europe/Berlin", "America/New_York", "America/Chicago", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Dublin", "Pacific/Apia", "UTC", "Etc/GMT+5", "America/Sao_Paulo", "Asia/Kolkata", "Antarctica/Troll"]
    walls = [dt.datetime(2024, 3, 31, 2, 30), dt.datetime(2024, 10, 27, 2, 30), dt.datetime(2024, 3, 10, 2, 15), dt.datetime(2024, 11, 3, 1, 45), dt.datetime(2024, 7, 1), dt.datetime(2024, 1, 1), dt.datetime(1900, 1, 1),
             dt.datetime(1945, 5, 24, 2, 30), dt.datetime(2050, 7, 1, 12), dt.datetime(1970, 1, 1), dt.datetime(2011, 12, 30, 5), dt.datetime(2500, 10, 31, 2, 30), dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)]
    for name, wall, fold in itertools.product(zones, walls, (0, 1)):
        zone = zoneinfo.ZoneInfo(name)
        aware = wall.replace(tzinfo=zone, fold=fold)
        utc = aware.astimezone(dt.timezone.utc)
        back = wall.replace(tzinfo=dt.timezone.utc).astimezone(zone)
        lines.append([name, str(wall), fold, repr(aware.utcoffset()), repr(aware.dst()), aware.tzname(), repr(utc), repr(back), str(back)])
    write("values", "zones", lines)

    lines = []
    spans = [dt.timedelta(), dt.timedelta(1), dt.timedelta(-1), dt.timedelta(0, 0, 1), dt.timedelta(0, 0, -1), dt.timedelta(5, 4, 3), dt.timedelta(999999999), dt.timedelta(-999999999), dt.timedelta(0, 3661, 7)]
    for a in spans:
        lines.append([repr(a), a.days, a.seconds, a.microseconds, str(a), repr(a.total_seconds())])
    write("values", "timedeltas", lines)

    lines = []
    for text in ["12345678-1234-5678-1234-567812345678", "{12345678123456781234567812345678}", "urn:uuid:12345678-1234-5678-9234-567812345678", "1234", "x" * 32, "12345678-1234-4678-a234-567812345678",
                 "0x345678123456781234567812345678", "1_2345678123456781234567812345678"[:32], "+2345678123456781234567812345678f"[:32], "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"]:
        try:
            u = uuid.UUID(text)
            lines.append([text, str(u), u.hex, u.urn, u.variant, u.version, u.bytes_le.hex(), u.time, u.clock_seq, u.node, str(uuid.uuid3(u, "näme")), str(uuid.uuid5(u, "näme"))])
        except ValueError as error:
            lines.append([text, None, str(error)])
    write("values", "uuids", lines)

    lines = []
    for _ in range(300):
        x = struct.unpack("d", rng.randbytes(8))[0] if rng.random() < 0.5 else rng.choice([rng.uniform(-1e6, 1e6), 10.0 ** rng.randint(-20, 25), float(rng.randint(-10**18, 10**18))])
        lines.append([struct.pack(">d", x).hex(), repr(x)])
    write("values", "floats", lines)


# ---------------------------------------------------------------- patterns

def pattern_tables():
    rng = random.Random(17)
    broken = ["(", ")", "a)", "(?", "(?P", "(?P<", "(?P<a", "(?P<a>", "(?P<a>b", "(?P<1>b)", "(?P<>b)", "(?P=a)", "(?P=", "(?P!a)", "(?:", "(?#", "(?<a)", "(?<=", "(?<", "(?(1", "(?(0)a)",
              "(?(a)b)", "(?(-1)b)", "(?(1)a|b|c)", "()(?(1)a|b|c)", "(?(9)a)", "(?i", "(?i-", "(?-:a)", "(?-i", "(?-i)", "(?i-i:a)", "(?L)a", "(?au)a", "(?iu)a", "(?-a:x)", "(?q)", "(?iq)", "(?i1)", "a(?i)b",
              "(?i)(?m)a", "(a|(?i)b)", "[", "[]", "[^]", "[a", "[a-", "[z-a]", "[\\d-z]", "[a-\\w]", "[\\q]", "[\\x1]", "[\\400]", "[\\9]", "\\q", "\\x1", "\\u12", "\\U00110000", "\\400", "\\1", "(\\1)", "(a)\\2", "\\99",
              "*", "+a", "?", "a**", "a*+*", "a{1}{2}", "a{2,1}", "^*", "$+", "\\b?", "(?=a)*b", "a{99999999999}", "(?<=a*)b", "(?<=(a)\\1)b", "(?<=a|bc)d", "(?<!a{2,3})b", "(?P<a>x)(?P<a>y)", "a\n(b", "\\",
              "a\\", "(?P<é>a)(?P=é)", "x{,}", "x{1,}", "x{,3}", "x{ 1}", "x{1", "{1}", "a|*", "(*a)", "(?:)*a", "[[]", "[a-a]", "(?x)a  # comment (\nb", "(?x: a b )c d", "\\0", "\\07", "\\08", "\\07777", "(a)(b)(c)\\3",
              "(?>a", "(?a:\\w)é", "(?s-i:.)", "(?P<a_1>.)", "(?P<a-b>.)", "(?P<a b>.)"]
    atoms = ["a", "b", "c", ".", "\\w", "\\d", "\\s", "\\b", "^", "$", "[ab]", "[^a]", "[a-c1]", "1", " ", "é", "\\.", "-", "\\n", "\\A", "\\Z", "\\B", "\\W"]

    def random_pattern(depth, groups):
        parts = []
        for _ in range(rng.randint(1, 3)):
            kind = rng.random()
            if kind < 0.55 or depth == 0:
                part = rng.choice(atoms)
            elif kind < 0.7:
                groups[0] += 1
                part = f"({random_pattern(depth - 1, groups)})"
            elif kind < 0.8:
                part = f"(?:{random_pattern(depth - 1, groups)})"
            elif kind < 0.85 and groups[0]:
                part = f"\\{rng.randint(1, groups[0])}"
            elif kind < 0.93:
                part = rng.choice(["(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:"]) + random_pattern(depth - 1, groups) + ")"
            else:
                part = f"{random_pattern(depth - 1, groups)}|{random_pattern(depth - 1, groups)}"
            if rng.random() < 0.3 and not part.endswith(("|",)):
                part += rng.choice(["*", "+", "?", "{2}", "{1,2}", "*?", "+?", "??", "*+", "{,2}"])
            parts.append(part)
        return "".join(parts)

    subjects = ["", "a", "ab", "abc a1", "aab-b.c\n", "cba\nabc", "éa b1", "bbAaB", "a.a.a1 1a"]
    patterns = broken + [random_pattern(3, [0]) for _ in range(900)]
    lines = []
    for pattern in patterns:
        for flags in (0, rng.choice([re.I, re.M, re.S, re.X, re.A, re.I | re.M])):
            try:
                compiled = re.compile(pattern, flags)
            except (re.error, ValueError, OverflowError) as error:
                lines.append([pattern, int(flags), str(error)])
                continue
            except RecursionError:
                continue
            found = []
            for subject in subjects:
                row = []
                for how in (compiled.search, compiled.match, compiled.fullmatch):
                    match = how(subject)
                    row.append([[list(match.span(i)) if match.start(i) >= 0 else None for i in range(compiled.groups + 1)], match.lastindex] if match else None)
                found.append([subject, *row])
            lines.append([pattern, int(flags), [compiled.flags, compiled.groups, compiled.groupindex.copy()], found])
    write("values", "patterns", lines)


function_tables()
pattern_tables()
decimal_tables()
date_tables()
