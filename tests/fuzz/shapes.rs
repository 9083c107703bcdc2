//! Programs of a shape that a small grammar seldom hits: deep nesting, huge literals, patterns, format specifications,
//! classes of classes, generators that are thrown into, coroutines.

use super::{ChaCha8Rng, RngExt};

/// Draws such programs.
pub struct Shapes<'a> {
    random: &'a mut ChaCha8Rng,
}

impl<'a> Shapes<'a> {
    /// A writer that draws from `random`.
    pub fn new(random: &'a mut ChaCha8Rng) -> Self {
        Self { random }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.random_range(0..bound.max(1))
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    fn some(&mut self, most: usize, of: &[&str]) -> String {
        let count = self.below(most + 1);
        (0..count).map(|_| self.one(of)).collect()
    }

    /// A program.
    pub fn program(&mut self) -> String {
        match self.below(9) {
            0 => self.nested(),
            1 => self.literal(),
            2 => self.pattern(),
            3 => self.format(),
            4 => self.classes(),
            5 => self.generators(),
            6 => self.coroutines(),
            7 => self.sizes(),
            _ => self.recursion(),
        }
    }

    fn depth(&mut self) -> usize {
        [3, 30, 90, 150, 1000, 20_000][self.below(6)]
    }

    fn nested(&mut self) -> String {
        let depth = self.depth();
        let (open, middle, close) = [
            ("(", "1", ")"),
            ("[", "", "]"),
            ("{1: ", "2", "}"),
            ("-", "1", ""),
            ("not ", "x", ""),
            ("lambda: ", "1", ""),
            ("f(", "", ")"),
            ("a[", "0", "]"),
            ("f'{", "1", "}'"),
            ("[x for x in ", "y", "]"),
            ("1 + (", "2", ")"),
            ("1 if ", "x", " else 2"),
            ("await ", "x", ""),
            ("*", "x", ""),
            ("(yield ", "", ")"),
        ][self.below(15)];
        match self.below(6) {
            0 => format!("x = {}{middle}{}\n", open.repeat(depth), close.repeat(self.below(2) * depth)),
            1 => {
                format!("{}1\n", ["1 + ", "1 ** ", "x and ", "1 < ", "a.", "x, ", "x = "][self.below(7)].repeat(depth))
            }
            2 => {
                let depth = depth.min(150);
                let heads =
                    ["if 1:", "for x in [1]:", "while 1:", "def f():", "class A:", "try:", "with x:", "match 1:"];
                let head = heads[self.below(heads.len())];
                let mut text: String = (0..depth).map(|level| format!("{}{head}\n", " ".repeat(level))).collect();
                text += &format!("{}pass\n", " ".repeat(depth));
                text
            }
            3 => {
                format!("x = {}\nprint(x)\nx == x\nrepr(x)\n", "[".repeat(depth.min(190)) + &"]".repeat(depth.min(190)))
            }
            4 => format!("x = []\nfor i in range({depth}): x = [x]\nprint(len(repr(x)))\nx == [x]\nhash((x,))\n"),
            _ => format!("x = {}{middle}{}\nprint(x)\n", open.repeat(depth), close.repeat(depth)),
        }
    }

    fn literal(&mut self) -> String {
        let count = [5, 400, 4000, 5000, 30_000][self.below(5)];
        let digits =
            self.one(&["9", "0", "1_", "0x", "1e", "'a", "\\u00", "\\N{", "{", "}", "é", "\u{202e}"]).repeat(count);
        match self.below(4) {
            0 => format!("x = {digits}\nprint(x)\n"),
            1 => format!("x = int('{digits}')\nprint(x % 7, str(x)[:9])\n"),
            2 => format!("x = '{digits}'\nprint(len(x), x.upper()[:5], x.split('a')[:3], x.encode()[:5])\n"),
            _ => format!("x = f'{digits}'\nprint(x)\n"),
        }
    }

    fn pattern(&mut self) -> String {
        const PIECES: &[&str] = &[
            "a",
            "b",
            ".",
            "\\d",
            "\\w",
            "\\s",
            "\\b",
            "^",
            "$",
            "(",
            ")",
            "(?:",
            "(?=",
            "(?!",
            "(?<=",
            "(?<!",
            "(?P<n>",
            "(?P=n)",
            "\\1",
            "\\2",
            "[",
            "]",
            "[^",
            "a-z",
            "-",
            "*",
            "+",
            "?",
            "*?",
            "+?",
            "{2}",
            "{1,3}",
            "{,2}",
            "{",
            "}",
            "|",
            "\\",
            "(?i)",
            "(?x)",
            "(?s:",
            "é",
            "\\Z",
            "\\A",
            "(a+)+",
            "(a|a)*",
            "(.*)*",
            "#",
            " ",
            "\\u00e9",
            "\\x41",
            "(?(1)a|b)",
        ];
        let pattern = self.some(9, PIECES);
        let text = self.one(&["'ab'", "'a' * 40", "'a' * 40 + 'b'", "'aé b1\\n' * 5", "''", "'x' * 3000"]);
        let call = self.one(&["match", "search", "findall", "split", "fullmatch"]);
        format!(
            "import re\ntry:\n m = re.{call}(r'''{pattern}''', {text})\n print(m)\n print(re.sub(r'''{pattern}''', r'\\g<0>x', {text})[:50])\nexcept Exception as e: print(type(e), e)\n"
        )
    }

    fn format(&mut self) -> String {
        let spec = format!(
            "{}{}{}{}{}{}{}{}",
            self.one(&["", "*", "é", "{"]),
            self.one(&["", "<", ">", "^", "="]),
            self.one(&["", "+", "-", " ", "z"]),
            self.one(&["", "#"]),
            self.one(&["", "0"]),
            self.one(&["", "1", "20", "1000", "99999999999", "{w}"]),
            self.one(&["", ",", "_", ".2", ".0", ".50", ".999999999", ".{w}"]),
            self.one(&["", "d", "f", "e", "g", "x", "b", "c", "s", "%", "n", "G", "q"])
        );
        let value = self.one(&[
            "1",
            "-1.5",
            "'ab'",
            "10**40",
            "float('nan')",
            "True",
            "None",
            "1j",
            "[1]",
            "Decimal('1.50')",
            "date(2024, 1, 2)",
            "1e300",
        ]);
        format!(
            "from decimal import Decimal\nfrom datetime import date\nw = 5\nfor call in (lambda: format({value}, '{spec}'), lambda: '{{:{spec}}}'.format({value}, w=3), lambda: f'{{{value}:{spec}}}', lambda: '%{}{}' % ({value},)):\n try: print(call()[:100])\n except Exception as e: print(type(e), e)\n",
            self.one(&["", "5", "-5.2", "05", "+", "*", "(a)"]),
            self.one(&["d", "s", "r", "x", "f", "e", "g", "c", "%", "z", ""])
        )
    }

    fn classes(&mut self) -> String {
        let special = &[
            "__getattr__",
            "__getattribute__",
            "__setattr__",
            "__call__",
            "__new__",
            "__init__",
            "__eq__",
            "__hash__",
            "__repr__",
            "__len__",
            "__iter__",
            "__del__",
            "__instancecheck__",
            "__prepare__",
            "__init_subclass__",
            "__set_name__",
            "__get__",
            "__set__",
            "__mro_entries__",
            "mro",
            "__class_getitem__",
            "__bool__",
            "__index__",
            "__slots__",
        ];
        let bodies = &[
            "return None",
            "return self",
            "return 1",
            "return super()",
            "raise AttributeError('x')",
            "return type(self)",
            "return {}",
            "return []",
            "return self.x",
            "return super().__repr__()",
            "return object.__new__(self)",
            "return (object,)",
            "return self(*args)",
            "del self",
            "return kwargs",
            "self.__class__ = A",
        ];
        let mut text = String::from("class M(type): pass\nclass A: pass\nclass B(A): pass\n");
        for at in 0..1 + self.below(4) {
            let bases = self.one(&[
                "",
                "(A)",
                "(B, A)",
                "(A, B)",
                "(M)",
                "(metaclass=M)",
                "(A, metaclass=M)",
                "(int)",
                "(str, A)",
                "(dict)",
                "(Exception)",
                "(tuple)",
                "(A, k=1)",
                "(type)",
                "(M, metaclass=M)",
                "(A())",
            ]);
            let name = self.one(&["M", "A", "B", "C"]);
            text += &format!("try:\n class {name}{bases}:\n  x = {at}\n");
            for _ in 0..self.below(4) {
                let decorator = self.one(&["", "", "", "@classmethod\n  ", "@staticmethod\n  ", "@property\n  "]);
                text +=
                    &format!("  {decorator}def {}(self, *args, **kwargs): {}\n", self.one(special), self.one(bodies));
            }
            text += "except Exception as e: print(type(e), e)\n";
        }
        for _ in 0..1 + self.below(5) {
            let what = self.one(&[
                "A()",
                "B()",
                "C()",
                "M('Z', (), {})",
                "A.x",
                "A().x",
                "repr(A())",
                "A() == B()",
                "hash(A())",
                "len(A())",
                "isinstance(A(), B)",
                "issubclass(B, A)",
                "list(A())",
                "A.__mro__",
                "B.__bases__",
                "super(B, B())",
                "A[1]",
                "del_(A())",
                "setattr(A, 'x', A)",
                "setattr(B, '__bases__', (object,))",
                "A().__dict__",
                "type(A)",
                "{A(): 1}",
                "A()()",
                "dir(A())",
            ]);
            text += &format!("try: print(type({what}))\nexcept Exception as e: print(type(e), e)\n");
        }
        text
    }

    fn generators(&mut self) -> String {
        let mut body = String::new();
        for _ in 0..1 + self.below(4) {
            body += self.one(&[
                " x = yield 1\n",
                " yield from g\n",
                " try:\n  yield 2\n except ValueError: yield 3\n",
                " try: yield 4\n finally: print('f')\n",
                " try: yield 5\n finally: yield 6\n",
                " with c: yield 7\n",
                " for i in h(): yield i\n",
                " return 8\n",
                " raise StopIteration\n",
                " g.close()\n",
                " next(g)\n",
                " yield from h()\n",
                " del x\n",
            ]);
        }
        let mut text = format!(
            "class c:\n def __enter__(s): return s\n def __exit__(s, *a): return True\nc = c()\ndef h():\n try:\n  yield 'h'\n finally: print('h')\ndef f(x=None):\n{body} yield x\ng = f()\n"
        );
        for _ in 0..1 + self.below(6) {
            let step = self.one(&[
                "next(g)",
                "g.send(1)",
                "g.throw(ValueError)",
                "g.throw(ValueError('x'))",
                "g.throw(GeneratorExit)",
                "g.close()",
                "list(g)",
                "g.send(None)",
                "sum(1 for _ in g)",
                "g.gi_running",
                "next(f())",
                "a, *b = f()",
                "g.throw(1)",
                "print(*g)",
            ]);
            text += &format!("try: print({step})\nexcept BaseException as e: print(type(e), e)\n")
                .replace("print(a, *b = f())", "a, *b = f()");
        }
        text + "g = f()\nfor x in f(): break\n"
    }

    fn coroutines(&mut self) -> String {
        let mut body = String::new();
        for _ in 0..1 + self.below(5) {
            body += self.one(&[
                " await b()\n",
                " await 5\n",
                " return [x async for x in d()]\n",
                " async with e() as q: print(q)\n",
                " async for x in d(): print(x)\n",
                " await asyncio.sleep(1)\n",
                " await asyncio.gather(b(), b())\n",
                " raise ValueError\n",
                " t = asyncio.create_task(b()); await t\n",
                " await a()\n",
                " async for x in 5: pass\n",
                " with e(): pass\n",
                " await asyncio.wait_for(b(), 0)\n",
                " t = asyncio.create_task(b()); t.cancel(); await t\n",
                " await d().__anext__()\n",
                " g = d(); await g.asend(None); await g.athrow(KeyError)\n",
                " await d().aclose()\n",
            ]);
        }
        format!(
            "import asyncio\nclass e:\n async def __aenter__(s): return 1\n async def __aexit__(s, *a): return False\nasync def b(): return 1\nasync def d():\n try:\n  yield 1\n  await b()\n  yield 2\n finally: print('d')\nasync def a(n=[0]):\n n[0] += 1\n if n[0] > 5: return\n{body}\ntry: print(asyncio.run(a()))\nexcept BaseException as x: print(type(x), x)\na()\n"
        )
    }

    fn sizes(&mut self) -> String {
        let size = self.one(&["10**3", "10**6", "10**9", "10**12", "2**31", "2**63", "2**64", "-1"]);
        let what = self
            .one(&[
                "'a' * {}",
                "[0] * {}",
                "(0,) * {}",
                "b'a' * {}",
                "bytearray(b'a') * {}",
                "list(range({}))",
                "'a'.ljust({})",
                "'a'.zfill({})",
                "'a'.center({})",
                "'{:{w}}'.format(1, w={})",
                "'%*d' % ({}, 1)",
                "bytes({})",
                "bytearray({})",
                "range({})[5]",
                "sum(range({}))",
                "2 ** {}",
                "1 << {}",
                "pow(3, {}, 10**30)",
                "'a\\tb'.expandtabs({})",
                "'ab'.replace('a', 'x' * 1000)  * {}",
                "(5).to_bytes({}, 'big')",
                "round(1, -{})",
                "'x'.join(['y'] * {})",
                "list(zip(range({}), range({})))",
                "dict.fromkeys(range({}))",
                "set(range({}))",
                "max(range({}))",
                "sorted(range({}))",
                "list(itertools.product(range(50), repeat={}))",
                "list(itertools.combinations(range(60), {}))",
                "list(itertools.repeat(1, {}))",
                "math.factorial({})",
                "math.comb({}, 1000)",
                "Decimal(10) ** {}",
                "Decimal('1e{}')",
                "len(str(7 ** {}))",
                "collections.deque(range({}))",
                "textwrap.fill('a b ' * 1000, {})",
                "json.dumps([0] * 1000, indent={})",
                "random.choices('ab', k={})",
                "any(x < 0 for x in range({}))",
                "[*range({})]",
                "print('x' * {})",
                "format(1, '{}')",
                "array * {}",
                "'%.{}f' % 1.5",
                "f'{{1.5:.{}f}}'",
            ])
            .replace("{}", size);
        format!(
            "import itertools, math, collections, textwrap, json, random\nfrom decimal import Decimal\nx = {what}\n"
        )
    }

    fn recursion(&mut self) -> String {
        let method = self.one(&[
            "__repr__",
            "__str__",
            "__eq__",
            "__hash__",
            "__len__",
            "__iter__",
            "__getattr__",
            "__bool__",
            "__lt__",
            "__add__",
            "__contains__",
            "__getitem__",
            "__format__",
            "__call__",
            "__index__",
            "__del__",
            "__next__",
        ]);
        let body = self.one(&[
            "return repr(self)",
            "return str(self)",
            "return self == self",
            "return hash(self)",
            "return len(self)",
            "return iter(self)",
            "return self.y",
            "return bool(self)",
            "return self < self",
            "return self + self",
            "return self in self",
            "return self[0]",
            "return f'{self}'",
            "return self()",
            "return [1][self]",
            "return A()",
            "return next(self)",
            "return sorted([self, self])",
            "return '%s' % self",
            "return {self: 1}",
            "return max(self, self)",
            "return list(map(str, [self]))",
            "return self.__class__()",
        ]);
        let used = self.one(&[
            "repr(a)",
            "str(a)",
            "a == A()",
            "hash(a)",
            "len(a)",
            "list(a)",
            "a.z",
            "bool(a)",
            "a < A()",
            "a + a",
            "a in a",
            "a[0]",
            "f'{a}'",
            "a()",
            "[1][a]",
            "next(a)",
            "print(a)",
            "{a: 1}",
            "sorted([a, A()])",
            "del_",
            "min(a, a)",
            "a != a",
            "vars(a)",
        ]);
        format!(
            "class A:\n def {method}(self, *args): {body}\na = A()\ntry: print({used})\nexcept Exception as e: print(type(e), str(e)[:200])\na = None\n"
        )
    }
}
