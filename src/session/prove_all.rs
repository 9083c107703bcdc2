//! Many questions prove themselves, on as many threads as there are processors.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::engine::Engine;
use super::prove::{Problem, prove};
use crate::bank::{Bank, Question};
use crate::python::vm::with_big_stack;
use crate::runner::Limits;

/// Proves questions and hands over what is the matter with each, in their order, as soon as it is known.
pub fn prove_all(
    engine: &dyn Engine,
    bank: &Bank,
    questions: &[Question],
    limits: &Limits,
    each: &mut dyn FnMut(&Question, Vec<Problem>),
) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(questions.len());
    let maker = match engine.maker() {
        Some(maker) if threads > 1 => maker,
        _ => {
            for question in questions {
                each(question, prove(engine, bank, question, limits));
            }
            return;
        }
    };
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    // Results come as they are ready, in the order of the questions.
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            let (next, maker) = (&next, &maker);
            scope.spawn(move || {
                with_big_stack(move || {
                    let engine = maker();
                    while let Some((at, question)) = take(next, questions) {
                        if sender.send((at, prove(engine.as_ref(), bank, question, limits))).is_err() {
                            return;
                        }
                    }
                });
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut told = 0;
        for (at, problems) in receiver {
            waiting.insert(at, problems);
            while let Some(problems) = waiting.remove(&told) {
                each(&questions[told], problems);
                told += 1;
            }
        }
    });
}

/// The next question that nobody has taken.
fn take<'a>(next: &AtomicUsize, questions: &'a [Question]) -> Option<(usize, &'a Question)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    questions.get(at).map(|question| (at, question))
}
