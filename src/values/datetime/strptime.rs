//! `strptime` in the C locale: the directives, the backtracking and the error texts of Python 3.11.

use super::strftime::{DAYS, MONTHS};
use super::{Date, DateError, DateTime, Time, TimeDelta, TimeZone, is_leap};
use crate::values::text::str_repr;

/// What a text held that was read by a format: a wall time, the day's place in week and year, and the zone if any.
#[derive(Debug, Clone)]
pub struct Strptime {
    /// The date.
    pub date: Date,
    /// Hour, minute, second; the second may be 60 or 61, which only `time.strptime` accepts.
    pub clock: (u8, u8, u8),
    /// The microseconds of `%f`.
    pub microsecond: u32,
    /// The offset of `%z`.
    pub offset: Option<TimeDelta>,
    /// The name matched by `%Z`.
    pub zone_name: Option<String>,
    /// 0 is Monday.
    pub weekday: u8,
    /// 1–366.
    pub day_of_year: u16,
}

impl Strptime {
    /// What `datetime.strptime` makes of it.
    pub fn into_datetime(self) -> Result<DateTime, DateError> {
        let (hour, minute, second) = self.clock;
        let time = Time::new(hour.into(), minute.into(), second.into(), self.microsecond.into())?;
        let zone = match self.offset {
            None => None,
            Some(offset) if offset.is_zero() && self.zone_name.is_none() => Some(TimeZone::UTC),
            Some(offset) => Some(TimeZone::fixed(offset, self.zone_name.as_deref())?),
        };
        Ok(DateTime::combine(self.date, time.with_zone(zone)))
    }
}

enum Token {
    Literal(char),
    Spaces,
    Field(char),
}

/// Reads a text by a format. The errors are the `ValueError`s of Python's `strptime`.
pub fn strptime(text: &str, format: &str) -> Result<Strptime, DateError> {
    let tokens = tokenize(format)?;
    let mut found = Vec::new();
    let Some(end) = matches(&tokens, text, 0, &mut found) else {
        return Err(DateError::value(format!(
            "time data {} does not match format {}",
            str_repr(text),
            str_repr(format)
        )));
    };
    if end != text.len() {
        return Err(DateError::value(format!("unconverted data remains: {}", &text[end..])));
    }
    assemble(&found)
}

fn tokenize(format: &str) -> Result<Vec<Token>, DateError> {
    let mut tokens = Vec::new();
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        if c.is_whitespace() {
            if !matches!(tokens.last(), Some(Token::Spaces)) {
                tokens.push(Token::Spaces);
            }
            continue;
        }
        if c != '%' {
            tokens.push(Token::Literal(c));
            continue;
        }
        let expanded = match rest.next() {
            None => return Err(DateError::value(format!("stray % in format '{format}'"))),
            Some('%') => {
                tokens.push(Token::Literal('%'));
                continue;
            }
            Some('c') => "%a %b %d %H:%M:%S %Y",
            Some('x') => "%m/%d/%y",
            Some('X') => "%H:%M:%S",
            Some(letter) if "dfHIGjmMSUwuVyYzAaBbpZW".contains(letter) => {
                tokens.push(Token::Field(letter));
                continue;
            }
            // Blanks and signs with a meaning in patterns reach Python's table of directives as a backslash.
            Some(letter) if letter.is_whitespace() || "\\.^$*+?(){}[]|".contains(letter) => {
                return Err(DateError::value(format!("'%' is a bad directive in format '{format}'")));
            }
            Some(letter) => {
                return Err(DateError::value(format!("'{letter}' is a bad directive in format '{format}'")));
            }
        };
        tokens.extend(tokenize(expanded)?);
    }
    Ok(tokens)
}

/// Where the text ends that the tokens match from `at`, trying each field's readings in their order of preference.
fn matches(tokens: &[Token], text: &str, at: usize, found: &mut Vec<(char, String)>) -> Option<usize> {
    let Some((token, later)) = tokens.split_first() else { return Some(at) };
    let rest = &text[at..];
    match token {
        Token::Literal(c) => {
            let next = rest.chars().next()?;
            let same = next == *c || next.to_lowercase().eq(c.to_lowercase());
            if same { matches(later, text, at + next.len_utf8(), found) } else { None }
        }
        Token::Spaces => {
            let blanks: Vec<usize> =
                rest.char_indices().take_while(|(_, c)| c.is_whitespace()).map(|(i, c)| i + c.len_utf8()).collect();
            blanks.iter().rev().find_map(|length| matches(later, text, at + length, found))
        }
        Token::Field(letter) => readings(*letter, rest).into_iter().find_map(|length| {
            found.push((*letter, rest[..length].to_owned()));
            let end = matches(later, text, at + length, found);
            if end.is_none() {
                found.pop();
            }
            end
        }),
    }
}

/// The lengths of text that a directive can take from the front, best first.
fn readings(letter: char, rest: &str) -> Vec<usize> {
    let bytes = rest.as_bytes();
    let digit = |at: usize| bytes.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0'));
    let two = digit(0).zip(digit(1)).map(|(a, b)| a * 10 + b);
    // Two digits within the first range, else one digit within the second.
    let up_to_two = |pair: std::ops::RangeInclusive<u32>, single: std::ops::RangeInclusive<u32>| {
        let mut lengths = Vec::new();
        if two.is_some_and(|value| pair.contains(&value)) {
            lengths.push(2);
        }
        if digit(0).is_some_and(|value| single.contains(&value)) {
            lengths.push(1);
        }
        lengths
    };
    match letter {
        'd' => {
            let mut lengths = up_to_two(1..=31, 1..=9);
            if bytes.first() == Some(&b' ') && digit(1).is_some_and(|value| value > 0) {
                lengths.push(2);
            }
            lengths
        }
        'f' => (1..=6).rev().filter(|length| (0..*length).all(|at| digit(at).is_some())).collect(),
        'H' => up_to_two(0..=23, 0..=9),
        'I' => up_to_two(1..=12, 1..=9),
        'm' => up_to_two(1..=12, 1..=9),
        'M' => up_to_two(0..=59, 0..=9),
        'S' => up_to_two(0..=61, 0..=9),
        'U' | 'W' => up_to_two(0..=53, 0..=9),
        'V' => up_to_two(1..=53, 0..=9),
        'w' => digit(0).filter(|value| *value <= 6).map(|_| vec![1]).unwrap_or_default(),
        'u' => digit(0).filter(|value| (1..=7).contains(value)).map(|_| vec![1]).unwrap_or_default(),
        'y' => two.map(|_| vec![2]).unwrap_or_default(),
        'Y' | 'G' => {
            if (0..4).all(|at| digit(at).is_some()) {
                vec![4]
            } else {
                Vec::new()
            }
        }
        'j' => {
            let mut lengths = Vec::new();
            if let (Some(pair), Some(last)) = (two, digit(2))
                && (1..=366).contains(&(pair * 10 + last))
            {
                lengths.push(3);
            }
            lengths.extend(up_to_two(1..=99, 1..=9));
            lengths
        }
        'z' => zone_readings(rest),
        'A' => names(rest, &DAYS, false),
        'a' => names(rest, &DAYS, true),
        'B' => names(rest, &MONTHS, false),
        'b' => names(rest, &MONTHS, true),
        'p' => prefixed(rest, "am").or_else(|| prefixed(rest, "pm")).into_iter().collect(),
        'Z' => prefixed(rest, "utc").or_else(|| prefixed(rest, "gmt")).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn prefixed(rest: &str, word: &str) -> Option<usize> {
    rest.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word)).map(str::len)
}

fn names(rest: &str, words: &[&'static str], shortened: bool) -> Vec<usize> {
    let mut lengths: Vec<usize> =
        words.iter().filter_map(|word| prefixed(rest, if shortened { &word[..3] } else { word })).collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    lengths
}

/// The lengths of `Z` or `±hh[:]mm[[:]ss[.ffffff]]`, longest first.
fn zone_readings(rest: &str) -> Vec<usize> {
    let bytes = rest.as_bytes();
    if bytes.first() == Some(&b'Z') {
        return vec![1];
    }
    if !matches!(bytes.first(), Some(b'+' | b'-')) {
        return Vec::new();
    }
    let pair = |at: usize, limit: u8| matches!((bytes.get(at), bytes.get(at + 1)), (Some(a), Some(b)) if (b'0'..=limit).contains(a) && b.is_ascii_digit());
    let after_colon = |at: usize| at + usize::from(bytes.get(at) == Some(&b':'));
    let minutes = after_colon(3);
    if !pair(1, b'9') || !pair(minutes, b'5') {
        return Vec::new();
    }
    let mut lengths = vec![minutes + 2];
    let seconds = after_colon(minutes + 2);
    if pair(seconds, b'5') {
        lengths.push(seconds + 2);
        if bytes.get(seconds + 2) == Some(&b'.') {
            let digits = bytes[seconds + 3..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
            lengths.extend((1..=digits).map(|count| seconds + 3 + count));
        }
    }
    lengths.reverse();
    lengths
}

fn offset_of(text: &str) -> Result<TimeDelta, DateError> {
    if text == "Z" {
        return Ok(TimeDelta::ZERO);
    }
    let mut plain: String = text.to_owned();
    if plain.as_bytes().get(3) == Some(&b':') {
        plain.remove(3);
        if plain.len() > 5 {
            if plain.as_bytes().get(5) != Some(&b':') {
                return Err(DateError::value(format!("Inconsistent use of : in {text}")));
            }
            plain.remove(5);
        }
    }
    let field = |from: usize, to: usize| plain.get(from..to).and_then(|part| part.parse::<i64>().ok()).unwrap_or(0);
    let seconds = field(1, 3) * 3600 + field(3, 5) * 60 + field(5, 7);
    let micros = plain.get(8..).map_or(0, |digits| format!("{digits:0<6}").parse::<i64>().unwrap_or(0));
    let length = TimeDelta::new(0, seconds, micros)?;
    if plain.starts_with('-') { length.checked_neg() } else { Ok(length) }
}

/// The fields that were found, the last one winning where a directive stands twice.
#[derive(Default)]
struct Fields {
    year: Option<i64>,
    iso_year: Option<i64>,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: u32,
    weekday: Option<i64>,
    julian: Option<i64>,
    week: Option<(i64, bool)>,
    iso_week: Option<i64>,
    offset: Option<TimeDelta>,
    zone_name: Option<String>,
}

fn assemble(found: &[(char, String)]) -> Result<Strptime, DateError> {
    let mut fields = Fields { month: 1, day: 1, ..Fields::default() };
    let afternoon = found.iter().find(|(letter, _)| *letter == 'p').map(|(_, text)| text.eq_ignore_ascii_case("pm"));
    for (letter, text) in found {
        let number = text.trim().parse::<i64>().unwrap_or(0);
        let name = |words: &[&str], length: Option<usize>| {
            let is_it = |word: &&str| word[..length.unwrap_or(word.len())].eq_ignore_ascii_case(text);
            words.iter().position(is_it).unwrap_or(0) as i64
        };
        match letter {
            'y' => fields.year = Some(if number <= 68 { 2000 + number } else { 1900 + number }),
            'Y' => fields.year = Some(number),
            'G' => fields.iso_year = Some(number),
            'm' => fields.month = number,
            'B' => fields.month = name(&MONTHS, None) + 1,
            'b' => fields.month = name(&MONTHS, Some(3)) + 1,
            'd' => fields.day = number,
            'H' => fields.hour = number,
            'I' => fields.hour = number % 12 + if afternoon == Some(true) { 12 } else { 0 },
            'M' => fields.minute = number,
            'S' => fields.second = number,
            'f' => fields.micros = format!("{text:0<6}").parse().unwrap_or(0),
            'A' => fields.weekday = Some(name(&DAYS, None)),
            'a' => fields.weekday = Some(name(&DAYS, Some(3))),
            'w' => fields.weekday = Some((number + 6) % 7),
            'u' => fields.weekday = Some(number - 1),
            'j' => fields.julian = Some(number),
            'U' => fields.week = Some((number, false)),
            'W' => fields.week = Some((number, true)),
            'V' => fields.iso_week = Some(number),
            'z' => fields.offset = Some(offset_of(text)?),
            'Z' => fields.zone_name = Some(text.clone()),
            _ => {}
        }
    }
    check_iso_fields(&fields)?;
    let leap_day_without_year = fields.year.is_none() && fields.month == 2 && fields.day == 29;
    let mut year = fields.year.unwrap_or(if leap_day_without_year { 1904 } else { 1900 });
    let mut julian = fields.julian;
    if let (None, Some(weekday)) = (julian, fields.weekday) {
        if let Some((week, from_monday)) = fields.week {
            julian = Some(julian_of_week(year, week, weekday, from_monday)?);
        } else if let (Some(iso_year), Some(week)) = (fields.iso_year, fields.iso_week) {
            (year, julian) = julian_of_iso_week(iso_year, week, weekday + 1)?;
        }
        if let Some(day) = julian.filter(|day| *day <= 0) {
            year -= 1;
            julian = Some(day + if is_leap(year as i32) { 366 } else { 365 });
        }
    }
    let date = match julian {
        None => Date::new(year, fields.month, fields.day)?,
        Some(julian) => Date::from_ordinal(julian - 1 + Date::new(year, 1, 1)?.to_ordinal())?,
    };
    let weekday = fields.weekday.map_or(date.weekday(), |weekday| weekday as u8);
    let day_of_year = julian.map_or(date.day_of_year(), |julian| julian as u16);
    let date = if leap_day_without_year { Date::new(1900, date.month().into(), date.day().into())? } else { date };
    Ok(Strptime {
        date,
        clock: (fields.hour as u8, fields.minute as u8, fields.second as u8),
        microsecond: fields.micros,
        offset: fields.offset,
        zone_name: fields.zone_name,
        weekday,
        day_of_year,
    })
}

/// ISO years and weeks make sense only together.
fn check_iso_fields(fields: &Fields) -> Result<(), DateError> {
    const WEEKDAYS: &str = "a weekday directive ('%A', '%a', '%w', or '%u').";
    if fields.year.is_none() && fields.iso_year.is_some() {
        if fields.iso_week.is_none() || fields.weekday.is_none() {
            return Err(DateError::value(format!(
                "ISO year directive '%G' must be used with the ISO week directive '%V' and {WEEKDAYS}"
            )));
        }
        if fields.julian.is_some() {
            return Err(DateError::value(
                "Day of the year directive '%j' is not compatible with ISO year directive '%G'. Use '%Y' instead.",
            ));
        }
    } else if fields.week.is_none() && fields.iso_week.is_some() {
        return Err(DateError::value(if fields.weekday.is_none() {
            format!("ISO week directive '%V' must be used with the ISO year directive '%G' and {WEEKDAYS}")
        } else {
            "ISO week directive '%V' is incompatible with the year directive '%Y'. Use the ISO year '%G' instead."
                .into()
        }));
    }
    Ok(())
}

/// The day of the year of a weekday (0 is Monday) in a week that is counted from the year's first Monday or Sunday.
fn julian_of_week(year: i64, week: i64, weekday: i64, from_monday: bool) -> Result<i64, DateError> {
    let mut first = i64::from(Date::new(year, 1, 1)?.weekday());
    let mut weekday = weekday;
    if !from_monday {
        first = (first + 1) % 7;
        weekday = (weekday + 1) % 7;
    }
    let days_in_week_zero = (7 - first) % 7;
    if week == 0 { Ok(1 + weekday - first) } else { Ok(1 + days_in_week_zero + 7 * (week - 1) + weekday) }
}

fn julian_of_iso_week(iso_year: i64, week: i64, weekday: i64) -> Result<(i64, Option<i64>), DateError> {
    let correction = i64::from(Date::new(iso_year, 1, 4)?.isoweekday()) + 3;
    let ordinal = week * 7 + weekday - correction;
    if ordinal >= 1 {
        return Ok((iso_year, Some(ordinal)));
    }
    let shifted = ordinal + Date::new(iso_year, 1, 1)?.to_ordinal();
    Ok((iso_year - 1, Some(shifted - Date::new(iso_year - 1, 1, 1)?.to_ordinal())))
}
