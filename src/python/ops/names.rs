//! The interned names of special methods, so that looking one up hashes nothing.

use crate::python::object::Str;

/// `__word__`; a word that Rust reserves is written with an underscore behind it.
fn special(word: &str) -> Str {
    Str::interned(&format!("__{}__", word.trim_end_matches('_')))
}

macro_rules! names {
    ($($field:ident),* $(,)?) => {
        /// Interned `__field__` names.
        #[expect(missing_docs, reason = "each is the special name of the same word")]
        pub struct Names { $(pub $field: Str),* }

        impl Names {
            pub(crate) fn new() -> Self {
                Self { $($field: special(stringify!($field))),* }
            }
        }
    };
}

names! {
    new, init, call, getattribute, getattr, setattr, delattr, get, set, delete, set_name, init_subclass, prepare,
    class_getitem, mro_entries, slots, dict, doc, module, qualname, name, repr, str, format, bytes, hash, bool, len,
    length_hint, contains, iter, next, reversed, getitem, setitem, delitem, missing, index, int, float, complex, round,
    trunc, floor, ceil, neg, pos, abs, invert, enter, exit, aenter, aexit, aiter, anext, await_,
    eq, ne, lt, le, gt, ge, add, radd, iadd, sub, rsub, isub, mul, rmul, imul, truediv, rtruediv, itruediv, floordiv,
    rfloordiv, ifloordiv, mod_, rmod, imod, divmod, rdivmod, pow, rpow, ipow, matmul, rmatmul, imatmul, and, rand, iand, or, ror,
    ior, xor, rxor, ixor, lshift, rlshift, ilshift, rshift, rrshift, irshift, instancecheck, subclasscheck, class,
    dir, annotations, match_args, wrapped, sizeof, fspath, classcell,
}
