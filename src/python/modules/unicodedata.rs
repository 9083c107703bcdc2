//! `unicodedata`

use std::rc::Rc;

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::arguments::text;
use crate::python::exceptions::Kind;
use crate::python::object::{Module, ModuleObject, PyResult, Str, Value};
use crate::python::vm::Vm;

/// The module.
pub fn module(_vm: &mut Vm) -> PyResult<Rc<ModuleObject>> {
    let mut module = Module::new("unicodedata")
        .value("unidata_version", "14.0.0")
        .function("normalize", "form, unistr, /", |vm, args| normalized(vm, &args[0], &args[1]).map(Value::Str))
        .function("is_normalized", "form, unistr, /", |vm, args| {
            let made = normalized(vm, &args[0], &args[1])?;
            Ok(Value::Bool(args[1].as_str() == Some(&made)))
        })
        .function("category", "chr, /", |vm, args| {
            let character = one(vm, &args[0], "category")?;
            Ok(category(character).into())
        })
        .function("combining", "chr, /", |vm, args| {
            let character = one(vm, &args[0], "combining")?;
            Ok(Value::Int(i64::from(canonical_combining_class(character))))
        })
        .function("name", "chr, default=?, /", |vm, args| {
            let character = one(vm, &args[0], "name")?;
            match (unicode_names2::name(character), args.get(1)) {
                (Some(name), _) => Ok(name.to_string().into()),
                (None, Some(default)) => Ok(default.clone()),
                (None, None) => Err(vm.value_error("no such name")),
            }
        })
        .function("lookup", "name, /", |vm, args| {
            let name = text(vm, &args[0], "lookup() argument")?;
            match unicode_names2::character(&name) {
                Some(character) => Ok(Value::Str(Str::from_char(character))),
                None => Err(vm.raise(Kind::KeyError, format!("undefined character name '{name}'"))),
            }
        })
        .function("decimal", "chr, default=?, /", |vm, args| {
            let found = decimal(one(vm, &args[0], "decimal")?).map(Value::Int);
            otherwise(vm, found, args.get(1), "not a decimal")
        })
        .function("digit", "chr, default=?, /", |vm, args| {
            let character = one(vm, &args[0], "digit")?;
            let found = decimal(character).or_else(|| decimal(simple(character)?)).map(Value::Int);
            otherwise(vm, found, args.get(1), "not a digit")
        })
        .function("numeric", "chr, default=?, /", |vm, args| {
            let character = one(vm, &args[0], "numeric")?;
            let found = numeric(character);
            if found.is_none() && matches!(category(character), "Nl" | "No" | "Lo") {
                return Err(vm.unsupported("unicodedata.numeric() of such a letter"));
            }
            otherwise(vm, found.map(Value::Float), args.get(1), "not a numeric character")
        });
    for name in ["bidirectional", "decomposition", "east_asian_width", "mirrored"] {
        module = module.native(crate::python::object::NativeFunction::closure(name, "chr, /", move |vm, _| {
            Err(vm.unsupported(format!("unicodedata.{name}()")))
        }));
    }
    Ok(module.build())
}

fn normalized(vm: &mut Vm, form: &Value, value: &Value) -> PyResult<Str> {
    let form = text(vm, form, "normalize() argument 1")?;
    let value = text(vm, value, "normalize() argument 2")?;
    // A character becomes up to eighteen.
    vm.claim(value.len() * 4)?;
    let made: String = match &*form {
        "NFC" => value.nfc().collect(),
        "NFD" => value.nfd().collect(),
        "NFKC" => value.nfkc().collect(),
        "NFKD" => value.nfkd().collect(),
        _ => return Err(vm.value_error("invalid normalization form")),
    };
    Ok(Str::from(made))
}

/// The only character of a text.
fn one(vm: &mut Vm, value: &Value, function: &str) -> PyResult<char> {
    if let Some(text) = value.as_str() {
        let mut characters = text.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            return Ok(character);
        }
        return Err(vm.type_error(format!("{function}() argument must be a unicode character, not str")));
    }
    let given = vm.type_name(value);
    Err(vm.type_error(format!("{function}() argument must be a unicode character, not {given}")))
}

fn otherwise(vm: &mut Vm, found: Option<Value>, default: Option<&Value>, words: &str) -> PyResult {
    match (found, default) {
        (Some(found), _) => Ok(found),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(vm.value_error(words)),
    }
}

/// The value of a decimal digit of any script: the zeros are known by their names.
fn decimal(character: char) -> Option<i64> {
    if let Some(digit) = character.to_digit(10) {
        return Some(i64::from(digit));
    }
    if get_general_category(character) != GeneralCategory::DecimalNumber {
        return None;
    }
    const DIGITS: [&str; 10] = ["ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"];
    let name = unicode_names2::name(character)?.to_string();
    let last = name.rsplit(' ').next()?;
    DIGITS.iter().position(|digit| *digit == last).map(|digit| digit as i64)
}

/// The only character that one stands for without its form.
fn simple(character: char) -> Option<char> {
    let mut parts = std::iter::once(character).nfkd();
    parts.next().filter(|_| parts.next().is_none())
}

fn numeric(character: char) -> Option<f64> {
    if let Some(digit) = decimal(character) {
        return Some(digit as f64);
    }
    let parts: String = std::iter::once(character).nfkd().collect();
    let number = |text: &str| {
        let mut number = 0.0;
        for digit in text.chars() {
            number = number * 10.0 + decimal(digit)? as f64;
        }
        (!text.is_empty()).then_some(number)
    };
    match parts.split_once('\u{2044}') {
        Some((above, below)) => Some(number(above)? / number(below)?),
        None => number(&parts),
    }
}

fn category(character: char) -> &'static str {
    use GeneralCategory as C;
    match get_general_category(character) {
        C::ClosePunctuation => "Pe",
        C::ConnectorPunctuation => "Pc",
        C::Control => "Cc",
        C::CurrencySymbol => "Sc",
        C::DashPunctuation => "Pd",
        C::DecimalNumber => "Nd",
        C::EnclosingMark => "Me",
        C::FinalPunctuation => "Pf",
        C::Format => "Cf",
        C::InitialPunctuation => "Pi",
        C::LetterNumber => "Nl",
        C::LineSeparator => "Zl",
        C::LowercaseLetter => "Ll",
        C::MathSymbol => "Sm",
        C::ModifierLetter => "Lm",
        C::ModifierSymbol => "Sk",
        C::NonspacingMark => "Mn",
        C::OpenPunctuation => "Ps",
        C::OtherLetter => "Lo",
        C::OtherNumber => "No",
        C::OtherPunctuation => "Po",
        C::OtherSymbol => "So",
        C::ParagraphSeparator => "Zp",
        C::PrivateUse => "Co",
        C::SpaceSeparator => "Zs",
        C::SpacingMark => "Mc",
        C::Surrogate => "Cs",
        C::TitlecaseLetter => "Lt",
        C::UppercaseLetter => "Lu",
        _ => "Cn",
    }
}
