//! Programs to fuzz with: out of a small grammar, and out of others by mutation.

use super::{ChaCha8Rng, RngExt};

/// Names that programs use.
const NAMES: &[&str] = &["a", "b", "c", "x", "f", "g", "A", "B", "self", "args", "e", "_"];
/// Values to begin with.
const ATOMS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "7",
    "10",
    "255",
    "2**63",
    "2**64 - 1",
    "-2**63",
    "10**30",
    "1.5",
    "-0.0",
    "1e308",
    "1e-5",
    "float('nan')",
    "float('inf')",
    "1j",
    "True",
    "False",
    "None",
    "...",
    "NotImplemented",
    "''",
    "'a'",
    "'abc'",
    "'Aé漢🎉'",
    "'%s %d'",
    "'{} {x!r:>5}'",
    "b''",
    "b'ab\\xff'",
    "()",
    "(1, 2)",
    "[]",
    "[1, 2, 3]",
    "{}",
    "{'a': 1}",
    "{1, 2}",
    "set()",
    "frozenset({1})",
    "range(3)",
    "range(10, 0, -3)",
    "slice(1, None, 2)",
    "int",
    "str",
    "list",
    "dict",
    "type",
    "object",
    "Exception",
    "print",
    "len",
    "lambda *a, **k: (a, k)",
    "iter([1, 2])",
    "(i for i in 'ab')",
    "bytearray(b'xy')",
    "memoryview(b'xy')",
    "ValueError('v')",
    "property(len)",
    "super",
    "Decimal('1.10')",
    "date(2024, 2, 29)",
    "datetime(2024, 1, 1)",
    "timedelta(1)",
    "Counter('aab')",
    "deque([1, 2])",
    "partial(print)",
    "Fraction(1, 3)",
    "UUID(int=1)",
];
/// What a program can rely on.
const PRELUDE: &str = "import re, json, copy, math, itertools, functools, operator, string, random, textwrap\n\
from decimal import Decimal\nfrom fractions import Fraction\nfrom datetime import date, datetime, timedelta\n\
from collections import *\nfrom functools import partial\nfrom uuid import UUID\n\
a = 1; b = 'b'; c = [3, 1, 2]; x = {'k': 1}; e = None; args = (1,); _ = 0\n\
def f(*args, **kwargs): return args\ndef g(): yield 1; yield 2\n\
class A:\n    def __init__(self, *args): self.x = args\nclass B(A): pass\nself = A()\n";
const BINARY: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^", "==", "!=", "<", "<=", ">", ">=", "is",
    "is not", "in", "not in", "and", "or",
];
const FUNCTIONS: &[&str] = &[
    "abs",
    "all",
    "any",
    "ascii",
    "bin",
    "bool",
    "bytes",
    "bytearray",
    "callable",
    "chr",
    "complex",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "hasattr",
    "hash",
    "hex",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "oct",
    "ord",
    "pow",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
    "math.sqrt",
    "math.floor",
    "math.gcd",
    "math.comb",
    "itertools.chain",
    "itertools.product",
    "itertools.groupby",
    "itertools.islice",
    "itertools.zip_longest",
    "functools.reduce",
    "operator.itemgetter",
    "operator.attrgetter",
    "copy.copy",
    "copy.deepcopy",
    "json.dumps",
    "json.loads",
    "re.compile",
    "re.findall",
    "re.sub",
    "re.split",
    "Decimal",
    "Fraction",
    "date",
    "timedelta",
    "Counter",
    "deque",
    "OrderedDict",
    "defaultdict",
    "namedtuple",
    "ChainMap",
    "textwrap.wrap",
    "string.Template",
    "random.choice",
    "random.sample",
    "date.fromisoformat",
    "datetime.strptime",
    "UUID",
    "partial",
];
const METHODS: &[&str] = &[
    "append",
    "extend",
    "insert",
    "remove",
    "pop",
    "clear",
    "index",
    "count",
    "sort",
    "reverse",
    "copy",
    "get",
    "items",
    "keys",
    "values",
    "update",
    "setdefault",
    "popitem",
    "fromkeys",
    "add",
    "discard",
    "union",
    "intersection",
    "difference",
    "symmetric_difference",
    "issubset",
    "split",
    "rsplit",
    "join",
    "strip",
    "lstrip",
    "replace",
    "find",
    "rfind",
    "startswith",
    "endswith",
    "upper",
    "lower",
    "title",
    "center",
    "ljust",
    "zfill",
    "format",
    "encode",
    "decode",
    "partition",
    "splitlines",
    "expandtabs",
    "translate",
    "isdigit",
    "casefold",
    "removeprefix",
    "bit_length",
    "to_bytes",
    "from_bytes",
    "as_integer_ratio",
    "is_integer",
    "hex",
    "fromhex",
    "conjugate",
    "quantize",
    "sqrt",
    "normalize",
    "adjusted",
    "as_tuple",
    "strftime",
    "isoformat",
    "weekday",
    "timetuple",
    "total_seconds",
    "most_common",
    "rotate",
    "appendleft",
    "popleft",
    "elements",
    "subtract",
    "__iter__",
    "__next__",
    "__len__",
    "__contains__",
    "__getitem__",
    "__setitem__",
    "__delitem__",
    "__add__",
    "__radd__",
    "__mul__",
    "__eq__",
    "__lt__",
    "__hash__",
    "__repr__",
    "__str__",
    "__format__",
    "__class__",
    "__dict__",
    "__doc__",
    "__init__",
    "__new__",
    "__call__",
    "__get__",
    "__set__",
    "__reduce__",
    "__reduce_ex__",
    "__dir__",
    "__sizeof__",
    "__mro__",
    "__bases__",
    "__subclasses__",
    "__name__",
    "__qualname__",
    "__module__",
    "__code__",
    "__globals__",
    "__closure__",
    "__defaults__",
    "__traceback__",
    "__cause__",
    "__context__",
    "send",
    "throw",
    "close",
    "with_traceback",
    "args",
    "real",
    "imag",
    "start",
    "stop",
    "step",
    "indices",
    "func",
    "cr_code",
    "gi_frame",
    "mro",
    "fget",
    "setter",
    "__enter__",
    "__exit__",
];
const SPECIAL: &[&str] = &[
    "__eq__",
    "__lt__",
    "__hash__",
    "__repr__",
    "__str__",
    "__len__",
    "__bool__",
    "__iter__",
    "__next__",
    "__contains__",
    "__getitem__",
    "__setitem__",
    "__delitem__",
    "__getattr__",
    "__getattribute__",
    "__setattr__",
    "__delattr__",
    "__call__",
    "__add__",
    "__radd__",
    "__iadd__",
    "__index__",
    "__int__",
    "__float__",
    "__format__",
    "__enter__",
    "__exit__",
    "__get__",
    "__set__",
    "__set_name__",
    "__init_subclass__",
    "__class_getitem__",
    "__instancecheck__",
    "__new__",
    "__del__",
    "__missing__",
    "__reversed__",
    "__length_hint__",
    "__await__",
    "__aiter__",
    "__anext__",
    "__copy__",
    "__deepcopy__",
    "__reduce__",
    "__neg__",
    "__round__",
    "__dir__",
    "__slots__",
    "__match_args__",
    "__mro_entries__",
];

/// Writes programs.
pub struct Generator<'a> {
    random: &'a mut ChaCha8Rng,
    depth: usize,
    in_function: bool,
}

impl<'a> Generator<'a> {
    /// A writer that draws from `random`.
    pub fn new(random: &'a mut ChaCha8Rng) -> Self {
        Self { random, depth: 0, in_function: false }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.random_range(0..bound)
    }

    fn one(&mut self, of: &[&str]) -> String {
        of[self.below(of.len())].to_owned()
    }

    /// A program.
    pub fn program(&mut self) -> String {
        let count = 1 + self.below(7);
        let mut text = PRELUDE.to_owned();
        for _ in 0..count {
            // Each on its own, so that one that raises doesn't end the program.
            let statement = self.statement(1);
            if self.below(4) > 0 {
                text += &format!("try:\n{statement}except Exception as err: print(type(err).__name__, err)\n");
            } else {
                text += &format!("if 1:\n{statement}");
            }
        }
        text
    }

    fn block(&mut self, indent: usize) -> String {
        let count = 1 + self.below(3);
        (0..count).map(|_| self.statement(indent)).collect()
    }

    fn statement(&mut self, indent: usize) -> String {
        let pad = " ".repeat(indent);
        if self.depth > 3 {
            return format!("{pad}{}\n", self.expression());
        }
        self.depth += 1;
        let inner = indent + 1;
        let text = match self.below(24) {
            0 | 1 => format!("{pad}print({})\n", self.expression()),
            2 | 3 => format!("{pad}{} = {}\n", self.target(), self.expression()),
            4 => format!("{pad}{} {}= {}\n", self.one(NAMES), self.one(&BINARY[..13]), self.expression()),
            5 => format!("{pad}if {}:\n{}{pad}else:\n{}", self.expression(), self.block(inner), self.block(inner)),
            6 => format!("{pad}for {} in {}:\n{}{pad} break\n", self.target(), self.expression(), self.block(inner)),
            7 => format!("{pad}for {} in {}:\n{}", self.target(), self.expression(), self.block(inner)),
            8 => format!(
                "{pad}while {}:\n{}{pad} break\n{pad}else:\n{}",
                self.expression(),
                self.block(inner),
                self.block(inner)
            ),
            9 => format!(
                "{pad}try:\n{}{pad}except {} as e:\n{}{pad}finally:\n{}",
                self.block(inner),
                self.one(&["Exception", "(TypeError, ValueError)", "KeyError", "BaseException", "a"]),
                self.block(inner),
                self.block(inner)
            ),
            10 => {
                let outer = std::mem::replace(&mut self.in_function, true);
                let word = self.one(&["def", "def", "async def"]);
                let parameters = self.parameters();
                let text = format!(
                    "{pad}{word} {}({parameters}):\n{}{pad} return {}\n",
                    self.one(NAMES),
                    self.block(inner),
                    self.expression()
                );
                self.in_function = outer;
                text
            }
            11 => {
                let (name, base) = (
                    self.one(NAMES),
                    self.one(&[
                        "",
                        "(A)",
                        "(B, A)",
                        "(str)",
                        "(int)",
                        "(list)",
                        "(dict)",
                        "(Exception)",
                        "(type)",
                        "(metaclass=type)",
                        "(tuple)",
                        "(c)",
                    ]),
                );
                let (method, body) = (self.one(SPECIAL), self.expression());
                format!(
                    "{pad}class {name}{base}:\n{pad} x = {}\n{pad} def {method}(self, *args, **kwargs): return {body}\n",
                    self.expression()
                )
            }
            12 => format!("{pad}with {} as {}:\n{}", self.expression(), self.target(), self.block(inner)),
            13 => format!("{pad}del {}\n", self.target()),
            14 => format!("{pad}assert {}, {}\n", self.expression(), self.expression()),
            15 => format!(
                "{pad}raise {}\n",
                self.one(&[
                    "ValueError(a)",
                    "TypeError",
                    "A()",
                    "StopIteration",
                    "e",
                    "KeyError('k') from e",
                    "ValueError from None",
                    ""
                ])
            ),
            16 if self.in_function => format!(
                "{pad}{}\n",
                self.one(&[
                    "yield",
                    "yield a",
                    "x = yield",
                    "yield from c",
                    "return",
                    "nonlocal a",
                    "await f()",
                    "global a"
                ])
            ),
            17 => format!(
                "{pad}match {}:\n{pad} case {}:\n{}{pad} case _:\n{}",
                self.expression(),
                self.pattern(),
                self.block(inner + 1),
                self.block(inner + 1)
            ),
            18 => format!(
                "{pad}@{}\n{pad}def {}(self=None): return {}\n",
                self.one(&[
                    "property",
                    "staticmethod",
                    "classmethod",
                    "functools.lru_cache",
                    "functools.wraps(f)",
                    "f",
                    "A"
                ]),
                self.one(NAMES),
                self.expression()
            ),
            19 => format!("{pad}{}: {} = {}\n", self.one(NAMES), self.expression(), self.expression()),
            20 => format!("{pad}*{}, {} = {}\n", self.one(NAMES), self.one(NAMES), self.expression()),
            _ => format!("{pad}{}\n", self.expression()),
        };
        self.depth -= 1;
        text
    }

    fn parameters(&mut self) -> String {
        self.one(&[
            "",
            "a",
            "a, b",
            "a, b=1",
            "*args",
            "**kwargs",
            "a, /, b, *, c",
            "a, *args, b=2, **kwargs",
            "self, *args",
        ])
    }

    fn target(&mut self) -> String {
        let name = self.one(NAMES);
        match self.below(8) {
            0 => format!("{name}.{}", self.one(NAMES)),
            1 => format!("{name}[{}]", self.expression()),
            2 => format!("{name}, {}", self.one(NAMES)),
            3 => format!("c[{}:{}]", self.atom(), self.atom()),
            _ => name,
        }
    }

    fn pattern(&mut self) -> String {
        self.one(&[
            "1",
            "[a, *b]",
            "{'a': x, **c}",
            "str()",
            "A(x=1)",
            "(1 | 2) as x",
            "None",
            "[_, _]",
            "int(x) if x > 1",
            "'a'",
            "A.x",
            "-1.5",
            "B(a)",
        ])
    }

    fn atom(&mut self) -> String {
        if self.below(3) == 0 { self.one(NAMES) } else { self.one(ATOMS) }
    }

    fn expression(&mut self) -> String {
        if self.depth > 6 {
            return self.atom();
        }
        self.depth += 1;
        let text = match self.below(20) {
            0..=2 => self.atom(),
            3 | 4 => format!("({} {} {})", self.expression(), self.one(BINARY), self.expression()),
            5..=7 => {
                let count = self.below(4);
                let arguments: Vec<String> = (0..count).map(|_| self.expression()).collect();
                format!("{}({})", self.one(FUNCTIONS), arguments.join(", "))
            }
            8..=10 => {
                let count = self.below(3);
                let arguments: Vec<String> = (0..count).map(|_| self.expression()).collect();
                format!("({}).{}({})", self.atom(), self.one(METHODS), arguments.join(", "))
            }
            11 => format!("({}).{}", self.expression(), self.one(METHODS)),
            12 => format!("({})[{}]", self.expression(), self.expression()),
            13 => format!("({})[{}:{}:{}]", self.expression(), self.atom(), self.atom(), self.atom()),
            14 => {
                let (open, close) = [("[", "]"), ("{", "}"), ("(", ")"), ("list(", ")")][self.below(4)];
                format!(
                    "{open}{} for {} in {} if {}{close}",
                    self.expression(),
                    self.one(NAMES),
                    self.expression(),
                    self.expression()
                )
            }
            15 => format!("{{{}: {}, **{}}}", self.expression(), self.expression(), self.expression()),
            16 => format!("({} if {} else {})", self.expression(), self.expression(), self.expression()),
            17 => format!(
                "f'{{({})!r:{}}} {{a=}}'",
                self.one(NAMES),
                self.one(&["", ">10", "<5", "^7.2", "05d", "x", ",", "{a}", ".3f", "%", "e"])
            ),
            18 => format!("({}{})", self.one(&["-", "not ", "~", "+", "*", "lambda: ", "y := "]), self.expression()),
            _ => format!("f({}, *{}, **{})", self.expression(), self.expression(), self.expression()),
        };
        self.depth -= 1;
        text
    }
}

/// Changes programs.
pub struct Mutator<'a> {
    random: &'a mut ChaCha8Rng,
    corpus: &'a [String],
}

impl<'a> Mutator<'a> {
    /// A mutator that draws from `random` and takes pieces of `corpus`.
    pub fn new(random: &'a mut ChaCha8Rng, corpus: &'a [String]) -> Self {
        Self { random, corpus }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.random_range(0..bound.max(1))
    }

    /// A changed program.
    pub fn mutate(&mut self, program: &str) -> String {
        let mut text = program.to_owned();
        for _ in 0..1 + self.below(4) {
            text = self.step(&text);
        }
        text
    }

    fn step(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if lines.is_empty() {
            return "pass".to_owned();
        }
        let at = self.below(lines.len());
        match self.below(10) {
            0 => {
                lines.remove(at);
            }
            1 => {
                let copy = lines[at].clone();
                lines.insert(at, copy);
            }
            2 => {
                let other = self.below(lines.len());
                lines.swap(at, other);
            }
            3 => {
                let chosen = self.below(self.corpus.len());
                let donor: Vec<String> = self.corpus[chosen].lines().map(str::to_owned).collect();
                let from = self.below(donor.len());
                lines.splice(at..at, donor.into_iter().skip(from).take(3));
            }
            4 | 5 => {
                // Another token in place of one.
                let with = match self.below(4) {
                    0 => METHODS[self.below(METHODS.len())],
                    1 => FUNCTIONS[self.below(FUNCTIONS.len())],
                    2 => ATOMS[self.below(ATOMS.len())],
                    _ => BINARY[self.below(BINARY.len())],
                };
                lines[at] = self.replace_word(&lines[at], with);
            }
            6 => {
                let with = NAMES[self.below(NAMES.len())];
                lines[at] = self.replace_word(&lines[at], with);
            }
            7 => {
                let characters: Vec<char> = lines[at].chars().collect();
                let place = self.below(characters.len() + 1);
                let odd =
                    ['(', ')', '[', ']', '{', '}', ':', ',', '\'', '"', '\\', '\t', 'é', '\u{0}', '#', '@', '*', '='];
                let mut changed: String = characters[..place].iter().collect();
                changed.push(odd[self.below(odd.len())]);
                changed.extend(&characters[place..]);
                lines[at] = changed;
            }
            8 => {
                let characters: Vec<char> = lines[at].chars().collect();
                let place = self.below(characters.len() + 1);
                lines[at] = characters[..place].iter().collect();
            }
            _ => {
                let number = ["0", "-1", "10**20", "1e400", "2**31", "2**63", "None", "''"];
                let with = number[self.below(number.len())];
                lines[at] = self.replace_word(&lines[at], with);
            }
        }
        lines.join("\n") + "\n"
    }

    /// A line with one of its words replaced.
    fn replace_word(&mut self, line: &str, with: &str) -> String {
        let mut words = Vec::new();
        let mut start = None;
        for (at, character) in line.char_indices().chain([(line.len(), ' ')]) {
            match (character.is_alphanumeric() || character == '_', start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    words.push((from, at));
                    start = None;
                }
                _ => {}
            }
        }
        if words.is_empty() {
            return format!("{line}{with}");
        }
        let (from, to) = words[self.below(words.len())];
        format!("{}{with}{}", &line[..from], &line[to..])
    }
}
