//! `strftime` in the C locale, with the directives and flags of the GNU C library that CPython on Linux passes on to.

use super::timezone::format_offset;
use super::{Date, DateTime, TimeDelta};

pub(crate) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Three letters of a name of [`DAYS`] or [`MONTHS`].
pub(crate) fn short(name: &'static str) -> &'static str {
    &name[..3]
}

/// `Wed Jun  9 04:26:40 1993`.
pub(crate) fn ctime(date: &Date, hour: u8, minute: u8, second: u8) -> String {
    format!(
        "{} {} {:2} {hour:02}:{minute:02}:{second:02} {:04}",
        short(DAYS[usize::from(date.weekday())]),
        short(MONTHS[usize::from(date.month() - 1)]),
        date.day(),
        date.year()
    )
}

/// Formats a wall time. `offset` and `zone_name` are what `utcoffset()` and `tzname()` give; without them `%z` and `%Z`
/// are empty. `%s` counts from the epoch as if the wall time were UTC.
pub fn strftime(format: &str, moment: &DateTime, offset: Option<TimeDelta>, zone_name: Option<&str>) -> String {
    let mut out = String::new();
    let mut rest = format.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut raw = String::from("%");
        let mut directive = Directive { pad: None, upper: false, swap: false, width: None };
        while let Some(&flag) = rest.peek() {
            match flag {
                '-' | '_' | '0' => directive.pad = Some(flag),
                '^' => directive.upper = true,
                '#' => directive.swap = true,
                _ => break,
            }
            raw.push(flag);
            rest.next();
        }
        let plain = raw.len() == 1;
        while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
            directive.width = Some((directive.width.unwrap_or(0) * 10 + digit as usize).min(1024));
            raw.push(char::from(b'0' + digit as u8));
            rest.next();
        }
        let plain = plain && directive.width.is_none();
        if let Some(&modifier @ ('E' | 'O')) = rest.peek() {
            raw.push(modifier);
            rest.next();
        }
        let Some(letter) = rest.next() else {
            out.push_str(&raw);
            break;
        };
        raw.push(letter);
        // These three CPython fills in itself, and only where nothing stands between sign and letter.
        match letter {
            'f' if plain => out.push_str(&format!("{:06}", moment.microsecond())),
            'z' if plain => out.push_str(&offset.map(|offset| format_offset(&offset, "")).unwrap_or_default()),
            'Z' if plain => out.push_str(zone_name.unwrap_or_default()),
            _ => match directive.render(letter, moment, offset, zone_name) {
                Some(text) => out.push_str(&text),
                None => out.push_str(&raw),
            },
        }
    }
    out
}

struct Directive {
    pad: Option<char>,
    upper: bool,
    swap: bool,
    width: Option<usize>,
}

impl Directive {
    fn number(&self, value: i64, width: usize, pad: char) -> String {
        let (pad, width) = match self.pad {
            Some('-') => return value.to_string(),
            Some('_') => (' ', self.width.unwrap_or(width)),
            Some('0') => ('0', self.width.unwrap_or(width)),
            _ => (pad, self.width.unwrap_or(width)),
        };
        let digits = value.abs().to_string();
        let sign = if value < 0 { "-" } else { "" };
        let fill = width.saturating_sub(digits.len() + sign.len());
        let fill: String = std::iter::repeat_n(pad, fill).collect();
        if pad == ' ' { format!("{fill}{sign}{digits}") } else { format!("{sign}{fill}{digits}") }
    }

    fn text(&self, value: &str, swapped: fn(&str) -> String) -> String {
        let value = if self.swap {
            swapped(value)
        } else if self.upper {
            value.to_uppercase()
        } else {
            value.to_owned()
        };
        let pad = if self.pad == Some('0') { '0' } else { ' ' };
        let fill = self.width.unwrap_or(0).saturating_sub(value.chars().count());
        let fill: String = std::iter::repeat_n(pad, fill).collect();
        fill + &value
    }

    fn nested(&self, format: &str, moment: &DateTime) -> String {
        let text = strftime(format, moment, None, None);
        self.text(&text, |text| text.to_uppercase())
    }

    fn render(&self, letter: char, moment: &DateTime, offset: Option<TimeDelta>, zone: Option<&str>) -> Option<String> {
        let date = moment.date();
        let upper: fn(&str) -> String = |text| text.to_uppercase();
        let lower: fn(&str) -> String = |text| text.to_lowercase();
        let day_name = DAYS[usize::from(date.weekday())];
        let month_name = MONTHS[usize::from(date.month() - 1)];
        let hour = i64::from(moment.hour());
        let hour12 = (hour + 11) % 12 + 1;
        let year = i64::from(date.year());
        let sunday_based = i64::from(date.isoweekday() % 7);
        let day_of_year = i64::from(date.day_of_year()) - 1;
        Some(match letter {
            'a' => self.text(short(day_name), upper),
            'A' => self.text(day_name, upper),
            'b' | 'h' => self.text(short(month_name), upper),
            'B' => self.text(month_name, upper),
            'c' => self.nested("%a %b %e %H:%M:%S %Y", moment),
            'C' => self.number(year / 100, 1, '0'),
            'd' => self.number(date.day().into(), 2, '0'),
            'D' | 'x' => self.nested("%m/%d/%y", moment),
            'e' => self.number(date.day().into(), 2, ' '),
            'F' => self.nested("%Y-%m-%d", moment),
            'g' => self.number(i64::from(date.isocalendar().year).rem_euclid(100), 2, '0'),
            'G' => self.number(date.isocalendar().year.into(), 1, '0'),
            'H' => self.number(hour, 2, '0'),
            'I' => self.number(hour12, 2, '0'),
            'j' => self.number(day_of_year + 1, 3, '0'),
            'k' => self.number(hour, 2, ' '),
            'l' => self.number(hour12, 2, ' '),
            'm' => self.number(date.month().into(), 2, '0'),
            'M' => self.number(moment.minute().into(), 2, '0'),
            'n' => self.text("\n", upper),
            'p' => self.text(if hour < 12 { "AM" } else { "PM" }, lower),
            'P' => self.text(if hour < 12 { "am" } else { "pm" }, lower),
            'r' => self.nested("%I:%M:%S %p", moment),
            'R' => self.nested("%H:%M", moment),
            's' => self.number(moment.wall_microseconds().div_euclid(1_000_000) as i64 - 719_163 * 86_400, 1, '0'),
            'S' => self.number(moment.second().into(), 2, '0'),
            't' => self.text("\t", upper),
            'T' | 'X' => self.nested("%H:%M:%S", moment),
            'u' => self.number(date.isoweekday().into(), 1, '0'),
            'U' => self.number((day_of_year + 7 - sunday_based) / 7, 2, '0'),
            'V' => self.number(date.isocalendar().week.into(), 2, '0'),
            'w' => self.number(sunday_based, 1, '0'),
            'W' => self.number((day_of_year + 7 - i64::from(date.weekday())) / 7, 2, '0'),
            'y' => self.number(year % 100, 2, '0'),
            'Y' => self.number(year, 1, '0'),
            'z' => self.text(&offset.map(|offset| format_offset(&offset, "")).unwrap_or_default(), upper),
            'Z' => self.text(zone.unwrap_or_default(), lower),
            '%' => self.text("%", upper),
            _ => return None,
        })
    }
}
