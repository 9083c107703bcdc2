//! The interpreter beside CPython, in one run: `cargo bench --bench python`. Each program times itself in CPython; here it is
//! timed from outside. Both by the processor's time where the system tells it, so that a busy machine doesn't blur them.
//! Where there is no `python3`, only our own times are shown.

use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ormdojo::python::vm::{CountingAllocator, Limits, Vm, with_big_stack};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const PROGRAMS: &[(&str, &str)] = &[
    ("loop", "def run():\n    total = 0\n    for i in range(1000000):\n        total += i * 2 % 7\n    return total\n"),
    ("while", "def run():\n    i = 0\n    while i < 1000000:\n        i += 1\n    return i\n"),
    ("call", "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\ndef run(): return fib(23)\n"),
    (
        "attribute",
        "class P:\n    def __init__(self, x): self.x = x; self.y = 0\n    def step(self):\n        self.y += self.x\n        return self.y\n\
         def run():\n    p = P(3)\n    for i in range(200000):\n        p.step()\n        p.x = p.y % 5\n    return p.y\n",
    ),
    (
        "instances",
        "class P:\n    def __init__(self, x): self.x = x\ndef run(): return sum(P(i).x for i in range(100000))\n",
    ),
    (
        "string",
        "def run():\n    s = ''\n    for i in range(200000):\n        s += 'ab'\n    return len(s.replace('a', 'cc').split('b'))\n",
    ),
    ("format", "def run(): return len(','.join(f'{i}:{i:>5}' for i in range(60000)))\n"),
    (
        "methods",
        "def run():\n    n = 0\n    for i in range(100000):\n        n += len('a b c'.split()) + 'abc'.find('c')\n    return n\n",
    ),
    ("comprehension", "def run(): return sum([x * x for x in range(300000) if x & 1])\n"),
    (
        "dict",
        "def run():\n    d = {}\n    for i in range(200000):\n        d[i % 1000] = d.get(i % 1000, 0) + 1\n    return len(d)\n",
    ),
    (
        "dict of text",
        "def run():\n    d = {}\n    words = ['alpha', 'beta', 'gamma', 'delta'] * 50000\n    for w in words:\n        d[w] = d.get(w, 0) + 1\n    return d['beta']\n",
    ),
    ("dict comprehension", "def run(): return len({i: i * 2 for i in range(200000)})\n"),
    ("set", "def run():\n    s = set()\n    for i in range(200000):\n        s.add(i % 5000)\n    return len(s)\n"),
    (
        "generator",
        "def g(n):\n    for i in range(n):\n        yield i\ndef run():\n    total = 0\n    for x in g(300000):\n        total += x\n    return total\n",
    ),
    ("generator expression", "def run(): return sum(i * 2 for i in range(300000))\n"),
    ("list", "def run():\n    l = []\n    for i in range(300000):\n        l.append(i)\n    return l[-1] + l[5]\n"),
    (
        "sort",
        "def run():\n    l = [(i * 7919) % 100003 for i in range(100000)]\n    l.sort()\n    return sorted(l, key=lambda v: -v)[0]\n",
    ),
    (
        "exceptions",
        "def run():\n    n = 0\n    for i in range(60000):\n        try:\n            if i % 3 == 0: raise ValueError(i)\n        except ValueError:\n            n += 1\n    return n\n",
    ),
    (
        "closures",
        "def make(n):\n    def add(x): return x + n\n    return add\ndef run():\n    f = make(1)\n    n = 0\n    for i in range(300000):\n        n = f(n)\n    return n\n",
    ),
];

/// How often a program runs; the best time counts.
const ROUNDS: u32 = 5;

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    say(&format!("{:<22}{:>10}{:>10}{:>8}", "", "ours ms", "python3", "ratio"));
    for (name, source) in PROGRAMS.iter().filter(|(name, _)| name.contains(&only)) {
        let ours = ours(source);
        match theirs(source) {
            Some(theirs) => {
                let ratio = ours.as_secs_f64() / theirs.as_secs_f64().max(1e-9);
                say(&format!("{name:<22}{:>10.2}{:>10.2}{ratio:>8.2}", millis(ours), millis(theirs)));
            }
            None => say(&format!("{name:<22}{:>10.2}", millis(ours))),
        }
    }
}

/// The time that this thread has been running: the kernel's count, or else the wall clock's.
fn spent() -> Duration {
    thread_local! {
        static BEGAN: Instant = Instant::now();
    }
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = counted.and_then(|text| text.split(' ').next().and_then(|first| first.parse().ok()));
    nanos.map_or_else(|| BEGAN.with(Instant::elapsed), Duration::from_nanos)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn ours(source: &str) -> Duration {
    with_big_stack(|| {
        let mut vm = Vm::new();
        let started = Instant::now();
        vm.set_clock(Rc::new(move || started.elapsed()));
        vm.set_limits(Limits { steps: u64::MAX, time: Duration::from_secs(600), ..Limits::default() });
        let globals = vm.new_globals();
        let mut best = Duration::MAX;
        if vm.run_source(source, "<bench>", &globals).is_err() {
            return best;
        }
        for _ in 0..ROUNDS {
            let start = spent();
            if vm.run_source("run()", "<bench>", &globals).is_err() {
                return Duration::MAX;
            }
            best = best.min(spent().saturating_sub(start));
        }
        best
    })
}

fn theirs(source: &str) -> Option<Duration> {
    let program = format!(
        "{source}\nimport time\nbest = 1e9\nfor _ in range({ROUNDS}):\n    start = time.thread_time()\n    run()\n    \
         best = min(best, time.thread_time() - start)\nprint(best)\n"
    );
    let output = Command::new("python3").args(["-c", &program]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.trim().parse().ok().map(Duration::from_secs_f64)
}

#[expect(clippy::print_stdout, reason = "a tool that reports to whoever runs it")]
fn say(text: &str) {
    println!("{text}");
}
