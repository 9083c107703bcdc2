//! `str` and its methods.

use std::rc::Rc;

use unicode_general_category::{GeneralCategory, get_general_category};

use super::dunder;
use crate::python::exceptions::Kind;
use crate::python::object::{Args, ClassBuilder, Dict, Instance, PyResult, Str, Value};
use crate::python::vm::Vm;

/// White space as Python's `str` methods see it.
pub fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

fn text(vm: &mut Vm, args: &Args, index: usize, function: &str) -> PyResult<Str> {
    match args[index].as_str() {
        Some(text) => Ok(text.clone()),
        None => {
            let given = if args[index].is_none() { "None".into() } else { vm.type_name(&args[index]) };
            {
                let named = match (function, index) {
                    ("encode", 1) => "'encoding'".to_owned(),
                    ("encode", _) => "'errors'".to_owned(),
                    _ => index.to_string(),
                };
                Err(vm.type_error(format!("{function}() argument {named} must be str, not {given}")))
            }
        }
    }
}

fn this(vm: &mut Vm, args: &Args) -> PyResult<Str> {
    match args[0].as_str() {
        Some(text) => Ok(text.clone()),
        None => {
            let given = vm.type_name(&args[0]);
            Err(vm.type_error(format!("descriptor requires a 'str' object but received a '{given}'")))
        }
    }
}

fn text_only(vm: &mut Vm, args: &Args, index: usize, words: &str) -> PyResult<Str> {
    match args[index].as_str() {
        Some(text) => Ok(text.clone()),
        None => {
            // Where the argument is named, CPython says `None` for it and not its type.
            let none = args[index].is_none() && words.contains("argument") && !words.starts_with("first");
            let given = if none { "None".into() } else { vm.type_name(&args[index]) };
            Err(vm.type_error(format!("{words}, not {given}")))
        }
    }
}

/// The bounds of `start` and `end` arguments over a length in characters; `None` where the range is empty from the outset.
pub(super) fn bounds(vm: &mut Vm, args: &Args, first: usize, length: usize) -> PyResult<(usize, usize, bool)> {
    let mut part = |index: usize, default: i64| -> PyResult<i64> {
        match args.some(index) {
            None => Ok(default),
            Some(value) => match vm.index_opt(value)? {
                Some(Value::Int(at)) => Ok(if at < 0 { (at + length as i64).max(0) } else { at }),
                Some(big) => {
                    let negative = big.as_bigint().is_some_and(|number| num_traits::Signed::is_negative(&number));
                    Ok(if negative { 0 } else { i64::MAX })
                }
                None => Err(vm.type_error("slice indices must be integers or None or have an __index__ method")),
            },
        }
    };
    let start = part(first, 0)?;
    let end = part(first + 1, length as i64)?.min(length as i64);
    Ok((start.min(length as i64) as usize, end as usize, start <= end && start <= length as i64))
}

fn window(vm: &mut Vm, text: &Str, args: &Args) -> PyResult<Option<(usize, Str)>> {
    if args.some(2).is_none() && args.some(3).is_none() {
        return Ok(Some((0, text.clone())));
    }
    let (start, end, fits) = bounds(vm, args, 2, text.len())?;
    Ok(fits.then(|| (start, Str::from(text.slice_chars(start, end)))))
}

fn find(vm: &mut Vm, args: &Args, backwards: bool) -> PyResult<Option<usize>> {
    let own = this(vm, args)?;
    let part = text_only(vm, args, 1, "must be str")?;
    let Some((start, within)) = window(vm, &own, args)? else { return Ok(None) };
    let found = if backwards { within.rfind(part.as_str()) } else { within.find(part.as_str()) };
    Ok(found.map(|at| start + if within.is_ascii() { at } else { within[..at].chars().count() }))
}

fn position(found: Option<usize>) -> Value {
    found.map_or(Value::Int(-1), Value::from)
}

fn affix(vm: &mut Vm, args: &Args, name: &str, test: fn(&str, &str) -> bool) -> PyResult {
    let own = this(vm, args)?;
    let Some((_, within)) = window(vm, &own, args)? else { return Ok(Value::Bool(false)) };
    if let Some(wanted) = args[1].as_str() {
        return Ok(Value::Bool(test(&within, wanted)));
    }
    let Some(items) = args[1].as_tuple() else {
        let given = vm.type_name(&args[1]);
        return Err(vm.type_error(format!("{name} first arg must be str or a tuple of str, not {given}")));
    };
    for item in items {
        let Some(wanted) = item.as_str() else {
            let given = vm.type_name(item);
            return Err(vm.type_error(format!("tuple for {name} must only contain str, not {given}")));
        };
        if test(&within, wanted) {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn strip(vm: &mut Vm, args: &Args, name: &str, left: bool, right: bool) -> PyResult {
    let own = this(vm, args)?;
    let chars = match args.some(1) {
        None => None,
        Some(value) => match value.as_str() {
            Some(text) => Some(text.clone()),
            None => return Err(vm.type_error(format!("{name} arg must be None or str"))),
        },
    };
    let gone = |character: char| chars.as_ref().map_or_else(|| is_space(character), |chars| chars.contains(character));
    let mut rest = own.as_str();
    if left {
        rest = rest.trim_start_matches(gone);
    }
    if right {
        rest = rest.trim_end_matches(gone);
    }
    Ok(if rest.len() == own.len_bytes() { Value::Str(own) } else { Value::from(rest) })
}

fn split(vm: &mut Vm, args: &Args, backwards: bool) -> PyResult {
    let own = this(vm, args)?;
    let most = match args.get(2) {
        None => -1,
        Some(value) => vm.index_i64(value)?,
    };
    let most = usize::try_from(most).ok();
    vm.reserve(own.len_bytes())?;
    let parts: Vec<Value> = match args.some(1) {
        None => split_space(&own, most, backwards),
        Some(separator) => {
            let Some(separator) = separator.as_str() else {
                let given = vm.type_name(separator);
                return Err(vm.type_error(format!("must be str or None, not {given}")));
            };
            if separator.is_empty() {
                return Err(vm.value_error("empty separator"));
            }
            match (most, backwards) {
                (None, _) => own.split(separator.as_str()).map(Value::from).collect(),
                (Some(most), false) => {
                    own.splitn(most.saturating_add(1), separator.as_str()).map(Value::from).collect()
                }
                (Some(most), true) => {
                    let mut parts: Vec<Value> =
                        own.rsplitn(most.saturating_add(1), separator.as_str()).map(Value::from).collect();
                    parts.reverse();
                    parts
                }
            }
        }
    };
    Ok(Value::list(parts))
}

fn split_space(text: &str, most: Option<usize>, backwards: bool) -> Vec<Value> {
    let Some(most) = most else {
        return text.split(is_space).filter(|part| !part.is_empty()).map(Value::from).collect();
    };
    let mut parts = Vec::new();
    let mut rest = if backwards { text.trim_end_matches(is_space) } else { text.trim_start_matches(is_space) };
    while !rest.is_empty() {
        if parts.len() == most {
            let last = if backwards { rest.trim_end_matches(is_space) } else { rest.trim_start_matches(is_space) };
            let whole = last;
            parts.push(Value::from(whole));
            break;
        }
        if backwards {
            let cut = rest.char_indices().rev().find(|(_, c)| is_space(*c)).map_or(0, |(at, c)| at + c.len_utf8());
            parts.push(Value::from(&rest[cut..]));
            rest = rest[..cut].trim_end_matches(is_space);
        } else {
            let cut = rest.find(is_space).unwrap_or(rest.len());
            parts.push(Value::from(&rest[..cut]));
            rest = rest[cut..].trim_start_matches(is_space);
        }
    }
    if backwards {
        parts.reverse();
    }
    parts
}

fn partition(vm: &mut Vm, args: &Args, backwards: bool) -> PyResult {
    let own = this(vm, args)?;
    let separator = text_only(vm, args, 1, "must be str")?;
    if separator.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let found = if backwards { own.rsplit_once(separator.as_str()) } else { own.split_once(separator.as_str()) };
    Ok(match found {
        Some((before, after)) => Value::tuple([Value::from(before), Value::Str(separator), Value::from(after)]),
        None if backwards => Value::tuple([Value::from(""), Value::from(""), Value::Str(own)]),
        None => Value::tuple([Value::Str(own), Value::from(""), Value::from("")]),
    })
}

fn justify(vm: &mut Vm, args: &Args, name: &str, place: fn(usize) -> (usize, usize)) -> PyResult {
    let own = this(vm, args)?;
    let width = vm.index_i64(&args[1])?;
    let fill = match args.get(2) {
        None => ' ',
        Some(value) => match value.as_str() {
            Some(text) if text.len() == 1 => text.chars().next().unwrap_or(' '),
            Some(_) => return Err(vm.type_error("The fill character must be exactly one character long")),
            None => {
                let given = vm.type_name(value);
                return Err(vm.type_error(format!("The fill character must be a unicode character, not {given}")));
            }
        },
    };
    let missing = usize::try_from(width).unwrap_or(0).saturating_sub(own.len());
    if missing == 0 {
        return Ok(Value::Str(own));
    }
    vm.reserve(missing.saturating_mul(fill.len_utf8()))?;
    let (mut left, mut right) = place(missing);
    if name == "center" {
        // CPython puts the odd character to the left where the width is odd.
        let extra = missing & usize::try_from(width).unwrap_or(0) & 1;
        left = missing / 2 + extra;
        right = missing - left;
    }
    let mut out = String::with_capacity(own.len_bytes() + missing);
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(&own);
    out.extend(std::iter::repeat_n(fill, right));
    Ok(Value::from(out))
}

/// Text in lower case, with the final sigma as Python has it.
pub fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// Text folded for comparison without case: characters whose capitals are several fold to those in lower case.
pub fn casefold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let mut upper = character.to_uppercase();
        if upper.len() > 1 {
            out.extend(upper.flat_map(char::to_lowercase));
            continue;
        }
        match character {
            'ς' => out.push('σ'),
            'µ' | 'ſ' => out.extend(upper.next().into_iter().flat_map(char::to_lowercase)),
            _ => out.extend(character.to_lowercase()),
        }
    }
    out
}

/// Character `at` of a whole word in lower case: a sigma at a word's end has its own form.
fn lower_within(characters: &[char], at: usize, out: &mut String) {
    let character = characters[at];
    if character != 'Σ' {
        out.extend(character.to_lowercase());
        return;
    }
    let cased = |character: &&char| is_cased(**character);
    let skipped = |character: &&char| {
        is_mark(**character) || matches!(**character, '\'' | '’' | '.' | ':' | '·' | '\u{ad}' | '^' | '`')
    };
    let before = characters[..at].iter().rev().find(|c| !skipped(c)).is_some_and(|c| cased(&c));
    let after = characters[at + 1..].iter().find(|c| !skipped(c)).is_some_and(|c| cased(&c));
    out.push(if before && !after { 'ς' } else { 'σ' });
}

fn title_char(character: char, out: &mut String) {
    match character {
        'ǆ' | 'ǅ' | 'Ǆ' => out.push('ǅ'),
        'ǉ' | 'ǈ' | 'Ǉ' => out.push('ǈ'),
        'ǌ' | 'ǋ' | 'Ǌ' => out.push('ǋ'),
        'ǳ' | 'ǲ' | 'Ǳ' => out.push('ǲ'),
        _ => {
            let mut upper = character.to_uppercase();
            if let Some(first) = upper.next() {
                out.push(first);
            }
            for more in upper {
                out.extend(more.to_lowercase());
            }
        }
    }
}

fn is_cased(character: char) -> bool {
    character.is_lowercase() || character.is_uppercase() || is_title(character)
}

fn is_title(character: char) -> bool {
    get_general_category(character) == GeneralCategory::TitlecaseLetter
}

fn test(vm: &mut Vm, args: &Args, each: fn(char) -> bool) -> PyResult {
    let own = this(vm, args)?;
    Ok(Value::Bool(!own.is_empty() && own.chars().all(each)))
}

/// Whether a text is an identifier.
pub fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| {
        first == '_' || first.is_alphabetic() || get_general_category(first) == GeneralCategory::LetterNumber
    }) && characters.all(|character| {
        character == '_'
            || character.is_alphanumeric()
            || matches!(
                get_general_category(character),
                GeneralCategory::NonspacingMark
                    | GeneralCategory::SpacingMark
                    | GeneralCategory::DecimalNumber
                    | GeneralCategory::ConnectorPunctuation
            )
    })
}

fn is_decimal(character: char) -> bool {
    get_general_category(character) == GeneralCategory::DecimalNumber
}

fn is_digit(character: char) -> bool {
    is_decimal(character)
        || matches!(character, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '₀'..='₉' | '①'..='⑨' | '⑴'..='⑼' | '⒈'..='⒐' | '⓪' | '❶'..='❾')
}

fn is_numeric(character: char) -> bool {
    is_digit(character)
        || matches!(get_general_category(character), GeneralCategory::OtherNumber | GeneralCategory::LetterNumber)
        || matches!(
            character,
            '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百' | '千' | '万' | '零' | '億'
        )
}

fn lines(text: &str, keep: bool) -> Vec<Value> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let ends = matches!(
            character,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}' | '\u{1d}' | '\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        );
        if !ends {
            continue;
        }
        let mut end = at + character.len_utf8();
        if character == '\r' && characters.peek().is_some_and(|(_, next)| *next == '\n') {
            characters.next();
            end += 1;
        }
        out.push(Value::from(&text[start..if keep { end } else { at }]));
        start = end;
    }
    if start < text.len() {
        out.push(Value::from(&text[start..]));
    }
    out
}

fn replace(vm: &mut Vm, args: Args) -> PyResult {
    let own = this(vm, &args)?;
    let (old, new) = (text(vm, &args, 1, "replace")?, text(vm, &args, 2, "replace")?);
    let most = match args.get(3) {
        None => -1,
        Some(value) => vm.index_i64(value)?,
    };
    if new.len_bytes() > old.len_bytes() {
        let times = if old.is_empty() { own.len() + 1 } else { own.matches(old.as_str()).count() };
        vm.reserve(own.len_bytes() + times.saturating_mul(new.len_bytes()))?;
    }
    if most < 0 {
        return Ok(Value::from(own.replace(old.as_str(), &new)));
    }
    Ok(Value::from(own.replacen(old.as_str(), &new, most as usize)))
}

impl Vm {
    /// `separator.join(items)`
    pub fn join(&mut self, separator: &str, items: &Value) -> PyResult<String> {
        let items = match self.list_from(items) {
            Err(raised) if raised.is(self.exceptions.get(Kind::TypeError)) && !self.has_iter(items) => {
                return Err(self.type_error("can only join an iterable"));
            }
            items => items?,
        };
        let mut out = String::new();
        for (at, item) in items.iter().enumerate() {
            self.tick()?;
            let Some(part) = item.as_str() else {
                let given = self.type_name(item);
                return Err(self.type_error(format!("sequence item {at}: expected str instance, {given} found")));
            };
            if at > 0 {
                out.push_str(separator);
            }
            out.push_str(part);
            self.check_text(&out)?;
        }
        Ok(out)
    }
}

fn translate(vm: &mut Vm, args: Args) -> PyResult {
    let own = this(vm, &args)?;
    let table = args[1].clone();
    let mut out = String::with_capacity(own.len_bytes());
    for character in own.chars() {
        vm.tick()?;
        let found = match vm.get_item(&table, &Value::Int(i64::from(character as u32))) {
            Ok(found) => found,
            Err(raised) if raised.is(vm.exceptions.get(Kind::LookupError)) => {
                out.push(character);
                continue;
            }
            Err(raised) => return Err(raised),
        };
        match found.plain() {
            Value::None => {}
            Value::Str(text) => {
                vm.reserve(out.capacity().max(text.len_bytes()))?;
                out.push_str(text);
            }
            Value::Int(code) => match u32::try_from(*code).ok().and_then(char::from_u32) {
                Some(character) => out.push(character),
                None => return Err(vm.value_error("character mapping must be in range(0x110000)")),
            },
            _ => return Err(vm.type_error("character mapping must return integer, None or str")),
        }
    }
    Ok(Value::from(out))
}

fn maketrans(vm: &mut Vm, args: Args) -> PyResult {
    let table = Dict::shared();
    if args.get(1).is_none() {
        let Some(mapping) = args[0].as_dict().cloned() else {
            return Err(vm.type_error("if you give only one argument to maketrans it must be a dict"));
        };
        for (key, value) in mapping.items() {
            let key = match key.plain() {
                Value::Int(_) | Value::Truth(_) => key,
                Value::Str(text) if text.len() == 1 => {
                    Value::Int(text.chars().next().map_or(0, |c| i64::from(c as u32)))
                }
                Value::Str(_) => return Err(vm.value_error("string keys in translate table must be of length 1")),
                _ => return Err(vm.type_error("keys in translate table must be strings or integers")),
            };
            table.set(vm, key, value)?;
        }
        return Ok(Value::Dict(table));
    }
    let Some(from) = args[0].as_str().cloned() else {
        return Err(vm.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    let to = text(vm, &args, 1, "maketrans")?;
    if from.len() != to.len() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in from.chars().zip(to.chars()) {
        table.set(vm, Value::Int(i64::from(from as u32)), Value::Int(i64::from(to as u32)))?;
    }
    if let Some(gone) = args.get(2).and_then(Value::as_str).cloned() {
        for character in gone.chars() {
            table.set(vm, Value::Int(i64::from(character as u32)), Value::None)?;
        }
    }
    Ok(Value::Dict(table))
}

fn new(vm: &mut Vm, args: Args) -> PyResult {
    let class = vm.class_arg(&args, 0)?;
    let mut args = args;
    args.positional.remove(0);
    let given = args.positional.len() + args.keywords.len();
    if given > 3 {
        return Err(vm.type_error(format!("str() takes at most 3 arguments ({given} given)")));
    }
    let mut object = args.get(0).cloned();
    let mut encoding = args.get(1).cloned();
    let mut errors = args.get(2).cloned();
    for (name, value) in std::mem::take(&mut args.keywords) {
        match name.as_str() {
            "object" => object = Some(value),
            "encoding" => encoding = Some(value),
            "errors" => errors = Some(value),
            _ => return Err(vm.type_error(format!("'{name}' is an invalid keyword argument for str()"))),
        }
    }
    let text = match object {
        None => Str::interned(""),
        Some(object) if encoding.is_none() && errors.is_none() => vm.to_str(&object)?,
        Some(object) => {
            let Some(data) = vm.bytes_like(&object) else {
                if object.as_str().is_some() {
                    return Err(vm.type_error("decoding str is not supported"));
                }
                let given = vm.type_name(&object);
                return Err(vm.type_error(format!("decoding to str: need a bytes-like object, {given} found")));
            };
            let encoding = encoding.as_ref().and_then(Value::as_str).cloned().unwrap_or_else(|| Str::from("utf-8"));
            let errors = errors.as_ref().and_then(Value::as_str).cloned().unwrap_or_else(|| Str::from("strict"));
            Str::from(super::codec::decode(vm, &data, &encoding, &errors)?)
        }
    };
    Ok(if Rc::ptr_eq(&class, &vm.types.str) {
        Value::Str(text)
    } else {
        Instance::with_value(class, Value::Str(text)).into()
    })
}

pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.str.clone();
    let builder = ClassBuilder::new("str")
        .builtin()
        .constructor(new)
        .raw("__init__", |_, _| Ok(Value::None))
        .arity("__str__", 1, 1, |vm, args| this(vm, &args).map(Value::Str))
        .arity("__getnewargs__", 1, 1, |vm, args| Ok(Value::tuple([Value::Str(this(vm, &args)?)])))
        .arity("capitalize", 1, 1, |vm, args| {
            let own = this(vm, &args)?;
            let characters: Vec<char> = own.chars().collect();
            let mut out = String::with_capacity(own.len_bytes());
            if let Some(first) = characters.first() {
                title_char(*first, &mut out);
            }
            for at in 1..characters.len() {
                lower_within(&characters, at, &mut out);
            }
            Ok(Value::from(out))
        })
        .arity("casefold", 1, 1, |vm, args| {
            let own = this(vm, &args)?;
            Ok(Value::from(casefold(&own)))
        })
        .arity("center", 2, 3, |vm, args| justify(vm, &args, "center", |missing| (missing / 2, missing - missing / 2)))
        .arity("ljust", 2, 3, |vm, args| justify(vm, &args, "ljust", |missing| (0, missing)))
        .arity("rjust", 2, 3, |vm, args| justify(vm, &args, "rjust", |missing| (missing, 0)))
        .arity("count", 2, 4, |vm, args| {
            let own = this(vm, &args)?;
            let part = text_only(vm, &args, 1, "must be str")?;
            let Some((_, within)) = window(vm, &own, &args)? else { return Ok(Value::Int(0)) };
            if part.is_empty() {
                return Ok(Value::from(within.len() + 1));
            }
            Ok(Value::from(within.matches(part.as_str()).count()))
        })
        .method("encode", "self, encoding='utf-8', errors='strict'", |vm, args| {
            let own = this(vm, &args)?;
            let (encoding, errors) = (text(vm, &args, 1, "encode")?, text(vm, &args, 2, "encode")?);
            super::codec::encode(vm, &own, &encoding, &errors).map(Value::bytes)
        })
        .arity("endswith", 2, 4, |vm, args| affix(vm, &args, "endswith", |own, end| own.ends_with(end)))
        .arity("startswith", 2, 4, |vm, args| affix(vm, &args, "startswith", |own, start| own.starts_with(start)))
        .method("expandtabs", "self, tabsize=8", |vm, args| {
            let own = this(vm, &args)?;
            let size = vm.index_i64(&args[1])?.clamp(0, 1 << 20) as usize;
            let mut out = String::new();
            let mut column = 0;
            for character in own.chars() {
                match character {
                    '\t' => {
                        if size > 0 {
                            let missing = size - column % size;
                            out.extend(std::iter::repeat_n(' ', missing));
                            column += missing;
                            vm.reserve(out.len())?;
                        }
                    }
                    '\n' | '\r' => {
                        out.push(character);
                        column = 0;
                    }
                    other => {
                        out.push(other);
                        column += 1;
                    }
                }
            }
            Ok(Value::from(out))
        })
        .arity("find", 2, 4, |vm, args| find(vm, &args, false).map(position))
        .arity("rfind", 2, 4, |vm, args| find(vm, &args, true).map(position))
        .arity("index", 2, 4, |vm, args| match find(vm, &args, false)? {
            Some(at) => Ok(Value::from(at)),
            None => Err(vm.value_error("substring not found")),
        })
        .arity("rindex", 2, 4, |vm, args| match find(vm, &args, true)? {
            Some(at) => Ok(Value::from(at)),
            None => Err(vm.value_error("substring not found")),
        })
        .raw("format", |vm, mut args| {
            let own = this(vm, &args)?;
            args.positional.remove(0);
            vm.str_format(&own, &args).map(Value::Str)
        })
        .arity("format_map", 2, 2, |vm, args| {
            let own = this(vm, &args)?;
            vm.str_format_map(&own, &args[1]).map(Value::Str)
        })
        .arity("__format__", 2, 2, |vm, args| {
            let Some(spec) = args[1].as_str().cloned() else {
                return Err(vm.argument_error("__format__", 1, "str", &args[1]));
            };
            if spec.is_empty() {
                return vm.to_str(&args[0]).map(Value::Str);
            }
            let own = Value::Str(this(vm, &args)?);
            vm.format_native(&own, &spec).map(Value::Str)
        })
        .arity("isalnum", 1, 1, |vm, args| test(vm, &args, |c| c.is_alphabetic() && !is_mark(c) || is_numeric(c)))
        .arity("isalpha", 1, 1, |vm, args| test(vm, &args, is_letter))
        .arity("isascii", 1, 1, |vm, args| Ok(Value::Bool(this(vm, &args)?.is_ascii())))
        .arity("isdecimal", 1, 1, |vm, args| test(vm, &args, is_decimal))
        .arity("isdigit", 1, 1, |vm, args| test(vm, &args, is_digit))
        .arity("isnumeric", 1, 1, |vm, args| test(vm, &args, is_numeric))
        .arity("isidentifier", 1, 1, |vm, args| Ok(Value::Bool(is_identifier(&this(vm, &args)?))))
        .arity("isprintable", 1, 1, |vm, args| {
            Ok(Value::Bool(this(vm, &args)?.chars().all(crate::python::ops::text::is_printable)))
        })
        .arity("isspace", 1, 1, |vm, args| test(vm, &args, is_space))
        .arity("islower", 1, 1, |vm, args| {
            let own = this(vm, &args)?;
            Ok(Value::Bool(
                own.chars().any(char::is_lowercase) && !own.chars().any(|c| c.is_uppercase() || is_title(c)),
            ))
        })
        .arity("isupper", 1, 1, |vm, args| {
            let own = this(vm, &args)?;
            Ok(Value::Bool(
                own.chars().any(char::is_uppercase) && !own.chars().any(|c| c.is_lowercase() || is_title(c)),
            ))
        })
        .arity("istitle", 1, 1, |vm, args| {
            let own = this(vm, &args)?;
            let (mut cased, mut previous) = (false, false);
            for character in own.chars() {
                if character.is_uppercase() || is_title(character) {
                    if previous {
                        return Ok(Value::Bool(false));
                    }
                    (cased, previous) = (true, true);
                } else if character.is_lowercase() {
                    if !previous {
                        return Ok(Value::Bool(false));
                    }
                    cased = true;
                } else {
                    previous = false;
                }
            }
            Ok(Value::Bool(cased))
        })
        .arity("join", 2, 2, |vm, args| {
            let own = this(vm, &args)?;
            vm.join(&own, &args[1]).map(Value::from)
        })
        .arity("lower", 1, 1, |vm, args| Ok(Value::from(lower(&this(vm, &args)?))))
        .arity("upper", 1, 1, |vm, args| Ok(Value::from(this(vm, &args)?.to_uppercase())))
        .arity("swapcase", 1, 1, |vm, args| {
            let own = this(vm, &args)?;
            let mut out = String::with_capacity(own.len_bytes());
            let characters: Vec<char> = own.chars().collect();
            for (at, character) in characters.iter().enumerate() {
                if character.is_uppercase() {
                    lower_within(&characters, at, &mut out);
                } else {
                    out.extend(character.to_uppercase());
                }
            }
            Ok(Value::from(out))
        })
        .arity("title", 1, 1, |vm, args| {
            let own = this(vm, &args)?;
            let mut out = String::with_capacity(own.len_bytes());
            let mut previous = false;
            let characters: Vec<char> = own.chars().collect();
            for (at, character) in characters.iter().enumerate() {
                if previous {
                    lower_within(&characters, at, &mut out);
                } else {
                    title_char(*character, &mut out);
                }
                previous = is_cased(*character);
            }
            Ok(Value::from(out))
        })
        .arity("strip", 1, 2, |vm, args| strip(vm, &args, "strip", true, true))
        .arity("lstrip", 1, 2, |vm, args| strip(vm, &args, "lstrip", true, false))
        .arity("rstrip", 1, 2, |vm, args| strip(vm, &args, "rstrip", false, true))
        .method("split", "self, sep=None, maxsplit=-1", |vm, args| split(vm, &args, false))
        .method("rsplit", "self, sep=None, maxsplit=-1", |vm, args| split(vm, &args, true))
        .method("splitlines", "self, keepends=False", |vm, args| {
            let own = this(vm, &args)?;
            let keep = vm.truth(&args[1])?;
            Ok(Value::list(lines(&own, keep)))
        })
        .arity("partition", 2, 2, |vm, args| partition(vm, &args, false))
        .arity("rpartition", 2, 2, |vm, args| partition(vm, &args, true))
        .arity("removeprefix", 2, 2, |vm, args| {
            let own = this(vm, &args)?;
            let part = text_only(vm, &args, 1, "removeprefix() argument must be str")?;
            Ok(own.strip_prefix(part.as_str()).map_or_else(|| Value::Str(own.clone()), Value::from))
        })
        .arity("removesuffix", 2, 2, |vm, args| {
            let own = this(vm, &args)?;
            let part = text_only(vm, &args, 1, "removesuffix() argument must be str")?;
            Ok(own.strip_suffix(part.as_str()).map_or_else(|| Value::Str(own.clone()), Value::from))
        })
        .arity("replace", 3, 4, replace)
        .arity("translate", 2, 2, translate)
        .static_method("maketrans", "x, y=?, z=?, /", maketrans)
        .arity("zfill", 2, 2, |vm, args| {
            let own = this(vm, &args)?;
            let width = usize::try_from(vm.index_i64(&args[1])?).unwrap_or(0);
            let missing = width.saturating_sub(own.len());
            vm.reserve(missing)?;
            let (sign, rest) = match own.as_bytes().first() {
                Some(b'+' | b'-') => own.split_at(1),
                _ => ("", own.as_str()),
            };
            Ok(Value::from(format!("{sign}{}{rest}", "0".repeat(missing))))
        });
    let builder = dunder::operators(
        builder,
        &[
            ("__mod__", crate::python::nodes::BinaryOp::Mod, false),
            ("__rmod__", crate::python::nodes::BinaryOp::Mod, true),
        ],
    );
    dunder::sequence(dunder::comparisons(dunder::basics(builder))).install(vm, &class);
}

fn is_mark(character: char) -> bool {
    matches!(
        get_general_category(character),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
    )
}

fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic()
        || matches!(
            get_general_category(character),
            GeneralCategory::UppercaseLetter
                | GeneralCategory::LowercaseLetter
                | GeneralCategory::TitlecaseLetter
                | GeneralCategory::ModifierLetter
                | GeneralCategory::OtherLetter
        )
}
