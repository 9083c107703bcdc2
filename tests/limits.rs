//! Limits and safety, on the binary itself: whatever a program does, it ends near its limit, the worker goes on, memory
//! comes back, and nothing outside the program is reached.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What a program may end with.
#[derive(Clone, Copy)]
enum End {
    /// A limit was hit.
    Limit,
    /// An exception of this type.
    Raises(&'static str),
    /// Either: how fast the machine is decides.
    Soon,
}

use End::{Limit, Raises, Soon};

/// The limit that programs are given.
const SECONDS: u64 = 1;
/// Seconds beyond it that a program is waited for; an idle machine needs less than one.
const GRACE: u64 = 9;

const HOSTILE: &[(&str, End)] = &[
    ("while True: pass", Limit),
    ("try:\n    while True: pass\nexcept BaseException: pass", Limit),
    ("x = 'a' * 10**12", Limit),
    ("9**9**9", Limit),
    ("x = 3\nwhile True: x = x * x", Limit),
    ("x = 3**(10**6)\nwhile True: (x * x) // (x + 1)", Limit),
    ("1 << 10**12", Limit),
    ("[0] * 10**10", Limit),
    ("list(range(10**10))", Limit),
    ("set(range(10**11))", Limit),
    ("list(iter(int, 1))", Limit),
    ("sum(range(10**12))", Limit),
    ("def f(n): return f(n + 1)\nf(0)", Raises("RecursionError")),
    ("def f():\n    try: f()\n    finally: f()\nf()", Limit),
    ("def f(n): return list(map(f, [n]))\nf(0)", Raises("RecursionError")),
    ("class A:\n    def __repr__(self): return repr(self)\nrepr(A())", Raises("RecursionError")),
    ("class A:\n    def __getattr__(self, name): return getattr(self, name + 'a')\nA().x", Raises("RecursionError")),
    ("class A:\n    def __add__(self, other): return self + other\nA() + A()", Raises("RecursionError")),
    ("a = []; a.append(a); b = []; b.append(b); a == b", Raises("RecursionError")),
    ("import json\na = []; a.append(a); json.dumps(a)", Raises("ValueError")),
    ("s = 'a'\nwhile True: s += s", Limit),
    ("s = ''\nwhile True: s += 'abc' * 1000", Limit),
    ("def f():\n    s = ''\n    while True: s += 'abc' * 1000\nf()", Limit),
    ("b = bytearray(b'a')\nwhile True: b += b", Limit),
    ("l = [1]\nwhile True: l.extend(l)", Limit),
    ("l = [1]\nwhile True: l = l + l[:]", Limit),
    ("l = []\nwhile True: l.append('x' * 1000)", Limit),
    ("x = 'a' * 10**7\nl = []\nwhile True: l.append(x.upper())", Limit),
    ("x = 'a' * 10**7\nwhile True: x.count('a')", Limit),
    ("x = ' '.join(['a'] * 10**6)\nl = []\nwhile True: l.append(x.split())", Limit),
    ("f'{1:>{10**10}}'", Limit),
    ("'{:1000000000000}'.format(1)", Limit),
    ("'%.*f' % (10**9, 1.5)", Limit),
    ("'a'.ljust(10**12)", Limit),
    ("('a' * 10**6).replace('', 'b' * 10**5)", Limit),
    ("while True: print('x' * 100)", Limit),
    ("print('x' * 10**8)", Limit),
    ("int('9' * 10**6)", Raises("ValueError")),
    ("str(10**5000)", Raises("ValueError")),
    ("sorted(range(10), key=lambda x: 1 / x)", Raises("ZeroDivisionError")),
    ("sorted([1, 'a'])", Raises("TypeError")),
    ("l = [3, 2, 1]\nl.sort(key=lambda x: l.append(x) or x)", Raises("ValueError")),
    ("def g():\n    while True: yield 1\nlist(g())", Limit),
    ("def g():\n    while True: yield 1\nfor x in g(): pass", Limit),
    ("def g(): yield from g()\nlist(g())", Raises("RecursionError")),
    ("import re\nre.match(r'(a*)*\\1b', 'a' * 5000)", Soon),
    ("import re\nre.sub('(a*)*b', '', 'a' * 5000)", Soon),
    ("import re\nre.match('(a+)+$', 'a' * 40 + 'b')", Soon),
    ("import json\njson.loads('[' * 10**6)", Raises("RecursionError")),
    ("import copy\na = []\nfor i in range(100000): a = [a]\ncopy.deepcopy(a)", Raises("RecursionError")),
    ("a = []\nfor i in range(100000): a = [a]\nrepr(a)", Raises("RecursionError")),
    ("a = ()\nfor i in range(100000): a = (a,)\nhash(a)", Raises("RecursionError")),
    ("a = []\nwhile True: a = [a]", Limit),
    ("a = ()\nwhile True: a = (a,)", Limit),
    ("a = iter([1])\nwhile True: a = map(int, a)", Limit),
    ("def make(a): return lambda: a\na = None\nwhile True: a = make(a)", Limit),
    ("class N: pass\na = None\nwhile True:\n    n = N(); n.next = a; a = n", Limit),
    ("e = None\nwhile True:\n    n = ValueError(); n.__cause__ = e; e = n", Limit),
    ("import itertools\nlist(itertools.product(range(1000), repeat=6))", Limit),
    ("import itertools\nsum(itertools.cycle([1]))", Limit),
    ("import math\nmath.factorial(10**7)", Limit),
    ("import math\nmath.isqrt(1 << 60000000)", Limit),
    ("pow(3, 10**100000, 10**100000 + 1)", Limit),
    ("from decimal import *\ngetcontext().prec = 10**6\nDecimal(2).sqrt()", Limit),
    ("from fractions import Fraction\nFraction('1e1000000000')", Limit),
    ("bytes(10**11)", Limit),
    ("i = 0\nwhile True:\n    getattr(0, 'x%d' % i, None)\n    i += 1", Limit),
    ("while True:\n    a = []; a.append(a)", Limit),
    ("while True: type('A', (), {})", Limit),
    ("c = object\nwhile True: c = type('A', (c,), {})", Limit),
    ("import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\nasyncio.run(f())", Limit),
    ("import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()", Soon),
    ("[Post.objects.filter(pk__in=range(10**9))]", Soon),
];

/// Sources that nest deeply, by how they are made.
fn nested() -> Vec<(String, End)> {
    let around = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    vec![
        (around("(", "1", ")", 200_000), Raises("SyntaxError")),
        (around("(", "1", ")", 20_000), Raises("SyntaxError")),
        (around("[", "", "]", 20_000), Raises("SyntaxError")),
        (around("{1:", "1", "}", 10_000), Raises("SyntaxError")),
        (vec!["1"; 30_000].join("+"), Soon),
        (vec!["1"; 30_000].join("<"), Soon),
        (vec!["1"; 10_000].join(" and "), Soon),
        (format!("{}1", "-".repeat(60_000)), Soon),
        (format!("{}1", "not ".repeat(15_000)), Soon),
        (format!("x{}", ".a".repeat(30_000)), Soon),
        (format!("x{}", "()".repeat(30_000)), Soon),
        (format!("{}1", "lambda:".repeat(9_000)), Soon),
        (format!("{}1", "1 if 1 else ".repeat(5_000)), Soon),
        (format!("if 0: pass\n{}", "elif 0: pass\n".repeat(4_000)), Soon),
        (format!("{}def f(): pass", "@a\n".repeat(15_000)), Soon),
        (format!("f'{}'", around("{", "1", "}", 999)), Soon),
        (around("f'{", "1", "}'", 2_000), Raises("SyntaxError")),
        (format!("match 1:\n case {}: pass", around("[", "", "]", 5_000)), Soon),
        ("exec('exec('".repeat(1_000), Raises("SyntaxError")),
    ]
}

/// Programs that reach for what they must not have; each ends in an exception.
const REACHING: &[&str] = &[
    "open('/etc/passwd').read()",
    "open('x', 'w')",
    "import os; os.system('true')",
    "import os; os.listdir('/')",
    "import os; os.environ['PATH']",
    "import subprocess; subprocess.run(['true'])",
    "import socket; socket.socket()",
    "import ctypes; ctypes.CDLL(None)",
    "import shutil; shutil.rmtree('/nothing')",
    "import tempfile; tempfile.mkdtemp()",
    "import signal; signal.alarm(1)",
    "import multiprocessing; multiprocessing.Process(target=print).start()",
    "import urllib.request; urllib.request.urlopen('http://localhost')",
    "import http.client; http.client.HTTPConnection('localhost').connect()",
    "import sqlite3; sqlite3.connect('/tmp/x')",
    "import pathlib; pathlib.Path('/etc/passwd').read_text()",
    "import glob; glob.glob('/*')",
    "__import__('os').getcwd()",
    "import importlib; importlib.import_module('os').getcwd()",
    "import sys; sys.modules['os'].getcwd()",
    "import sys; sys.modules['posix'].getcwd()",
    "eval(\"__import__('os').getcwd()\")",
    "exec(\"import os; os.getcwd()\")",
    "eval(compile(\"__import__('os').getcwd()\", 'x', 'eval'))",
    "__builtins__.open('/etc/passwd').read()",
    "__builtins__['open']('/etc/passwd').read()",
    "globals()['__builtins__'].open('/etc/passwd').read()",
    "print.__self__.open('/etc/passwd').read()",
    "(lambda: 0).__globals__['__builtins__'].open('/etc/passwd').read()",
    "import functools; functools.wraps.__globals__['os'].getcwd()",
    "import logging; logging.Formatter.format.__globals__['os'].getcwd()",
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0]('true')",
    "[c for c in object.__subclasses__() if c.__name__ == 'FileIO'][0]('/etc/passwd')",
    "[c for c in object.__subclasses__() if c.__name__ == 'BuiltinImporter'][0].load_module('os').getcwd()",
    "[c for c in object.__subclasses__() if 'catch_warnings' in c.__name__][0]()._module.__builtins__['open']('/etc/passwd').read()",
    "getattr(__builtins__, 'op' + 'en')('/etc/passwd').read()",
    "(lambda: 0).__code__.replace(co_code=b'').x",
    "type((lambda: 0).__code__)(0, 0, 0, 0, 0, 0, b'', (), (), (), '', '', '', 0, b'', b'')",
    "import sys; sys._getframe(0).f_builtins['open']('/etc/passwd').read()",
    "try:\n    1 / 0\nexcept Exception as e:\n    e.__traceback__.tb_frame.f_builtins['open']('/etc/passwd').read()",
    "import pickle; pickle.loads(b\"cos\\nsystem\\n(S'true'\\ntR.\")",
    "import io; io.open('/etc/passwd').read()",
    "import io; io.FileIO('/etc/passwd').read()",
    "import codecs; codecs.open('/etc/passwd').read()",
    "import logging; logging.FileHandler('/tmp/x').emit(logging.makeLogRecord({}))",
    "breakpoint()",
    "input()",
    "from django.db import connection; connection.cursor().execute(\"ATTACH DATABASE '/tmp/x.db' AS x\")",
    "from django.db import connection; connection.cursor().execute(\"SELECT load_extension('x')\")",
    "from django.db import connection; connection.cursor().execute(\"VACUUM INTO '/tmp/x.db'\")",
    "from django.db import connection; connection.cursor().execute(\"SELECT readfile('/etc/passwd')\")",
    "from django.conf import settings; open(settings.BASE_DIR)",
];

/// Programs whose value must be the same in every run: no clock, no chance, no addresses.
const REPEATED: &[&str] = &[
    "import time; time.time(), time.monotonic(), time.perf_counter(), time.process_time()",
    "import datetime; datetime.datetime.now(), datetime.date.today(), datetime.datetime.utcnow()",
    "import random; random.random(), random.randint(1, 10**9), random.SystemRandom().random()",
    "import uuid; uuid.uuid4(), uuid.uuid1()",
    "import secrets; secrets.token_hex(8), secrets.randbelow(10**9)",
    "id(object()), id([]), id('abc' * 3), hash('abc'), hash(object())",
    "object(), print, (lambda: 0), [].append, type('A', (), {})()",
    "set('hello world'), {'a', 'b', 'c'} | {'d'}",
    "'{0.__class__.__mro__} {0.__init__}'.format(object())",
    "from django.utils import timezone; timezone.now()",
    "Post.objects.order_by('?').first()",
];

/// The binary in worker mode.
struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn start() -> Self {
        let seconds = SECONDS.to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_ormdojo"))
            .args(["run", "--jsonl", "--dataset", "blog", "--max-memory", "128", "--timeout", &seconds])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, input, output }
    }

    /// Runs a program; `None` where the worker died of it.
    fn run(&mut self, source: &str) -> Option<Value> {
        writeln!(self.input, "{}", json!({"id": 1, "source": source})).ok()?;
        self.input.flush().ok()?;
        let mut line = String::new();
        self.output.read_line(&mut line).ok()?;
        serde_json::from_str(&line).ok()
    }

    /// Resident bytes.
    #[cfg(target_os = "linux")]
    fn memory(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).unwrap_or_default();
        text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn shorten(source: &str) -> String {
    source.chars().take(100).collect()
}

fn all_end(programs: &[(String, End)]) {
    let mut worker = Worker::start();
    worker.run("1");
    let mut wrong = Vec::new();
    for (source, end) in programs {
        let started = Instant::now();
        let Some(answer) = worker.run(source) else {
            wrong.push(format!("{}: the worker died", shorten(source)));
            worker = Worker::start();
            continue;
        };
        let took = started.elapsed();
        let kind = answer["error"]["type"].as_str().unwrap_or("nothing");
        let fits = match end {
            Limit => kind == "LimitExceeded",
            Raises(expected) => kind == *expected,
            Soon => true,
        };
        if !fits || took > Duration::from_secs(SECONDS + GRACE) {
            wrong.push(format!("{}: {kind} after {took:?} ({})", shorten(source), answer["error"]["message"]));
        }
    }
    assert_eq!(worker.run("1 + 1").map(|answer| answer["value"].clone()), Some(json!("2")), "the worker goes on");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_programs_end_at_their_limits() {
    all_end(&HOSTILE.iter().map(|(source, end)| ((*source).to_owned(), *end)).collect::<Vec<_>>());
}

#[test]
fn deeply_nested_sources_are_refused_or_run() {
    all_end(&nested());
}

#[test]
fn nothing_outside_is_reached() {
    let mut worker = Worker::start();
    let mut wrong = Vec::new();
    for source in REACHING {
        let answer = worker.run(source).unwrap_or_else(|| {
            worker = Worker::start();
            json!({"value": "the worker died", "error": null})
        });
        if answer["error"].is_null() {
            wrong.push(format!("{source}: {} {}", answer["value"], answer["stdout"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_run_is_the_same() {
    let (mut one, mut other) = (Worker::start(), Worker::start());
    other.run("x = object(); id(x)");
    for source in REPEATED {
        let (first, second) = (one.run(source), other.run(source));
        let of =
            |answer: &Option<Value>| answer.as_ref().map(|answer| (answer["value"].clone(), answer["error"].clone()));
        assert_eq!(of(&first), of(&second), "{source}");
    }
}

#[test]
fn exit_codes_tell_limits_from_errors() {
    for (source, code) in [("while True: pass", 4), ("x = 'a' * 10**12", 4), ("1 / 0", 1), ("1", 0)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ormdojo"))
            .args(["run", "-", "--timeout", "0.5"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        child.stdin.take().expect("a pipe").write_all(source.as_bytes()).expect("it reads");
        assert_eq!(child.wait().expect("it ends").code(), Some(code), "{source}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_comes_back_between_submissions() {
    let mut worker = Worker::start();
    let program = "class Node:\n    def __init__(self): self.me = self; self.items = [lambda: self]\n\
                   nodes = [Node() for n in range(200)]\n\
                   def walk():\n    yield from nodes\n\
                   kept = walk(); next(kept)\n\
                   class Child(Node):\n    def __init__(self): super().__init__()\n\
                   Child(); list(Post.objects.all()), len(nodes)";
    let rounds = 60;
    for _ in 0..20 {
        worker.run(program).expect("it runs");
    }
    let before = worker.memory();
    for _ in 0..rounds {
        worker.run(program).expect("it runs");
    }
    let grown = worker.memory().saturating_sub(before) / rounds;
    assert!(grown < 20_000, "{grown} bytes stay of each submission");
}
