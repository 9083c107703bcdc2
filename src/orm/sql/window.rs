//! Windows and their frames as SQL text.

use super::{SqlBuffer, SqlCompiler};
use crate::orm::models::{Field, FieldKind};
use crate::orm::query::{Expr, Frame, FrameExclusion, FrameKind, Window};
use crate::orm::{Datum, OrmError, OrmResult};

impl SqlCompiler<'_> {
    pub(super) fn window(&mut self, expr: &Expr, window: &Window, out: &mut SqlBuffer) -> OrmResult<()> {
        let decimal = expr.output_field()?.is_a(FieldKind::Decimal);
        let source = if decimal {
            // The cast belongs around the whole.
            out.push("(CAST(");
            window.source.with_output(&Field::of_kind(FieldKind::Float))
        } else {
            window.source.clone()
        };
        self.compile(&source, out)?;
        out.push(" OVER (");
        let mut first = true;
        if let Some(partition) = &window.partition_by {
            let mark = out.mark();
            out.push("PARTITION BY ");
            let start = out.sql.len();
            self.compile(partition, out)?;
            if out.sql.len() == start {
                out.rewind(mark);
            } else {
                first = false;
            }
        }
        if let Some(order) = &window.order_by {
            let mark = out.mark();
            out.push(if first { "ORDER BY " } else { " ORDER BY " });
            let start = out.sql.len();
            self.compile(order, out)?;
            if out.sql.len() == start {
                out.rewind(mark);
            } else {
                first = false;
            }
        }
        if let Some(frame) = &window.frame {
            if !first {
                out.push(" ");
            }
            out.push(&frame_sql(frame)?);
        }
        out.push(")");
        if decimal {
            out.push(" AS NUMERIC))");
        }
        Ok(())
    }
}

fn frame_sql(frame: &Frame) -> OrmResult<String> {
    let number = |value: &Datum| match value {
        Datum::Int(number) => Some(*number),
        Datum::Bool(truth) => Some(i64::from(*truth)),
        _ => None,
    };
    let (start, end) = (&frame.start.0, &frame.end.0);
    let (first, last) = (number(start), number(end));
    let kind = match frame.kind {
        FrameKind::Rows => {
            if let (Some(first), Some(last)) = (first, last)
                && first > last
            {
                return Err(OrmError::value_error("start cannot be greater than end."));
            }
            for (name, value, number) in [("start", start, first), ("end", end, last)] {
                if !value.is_null() && number.is_none() {
                    return Err(OrmError::value_error(format!(
                        "{name} argument must be an integer, zero, or None, but got '{}'.",
                        value.py_str()?
                    )));
                }
            }
            "ROWS"
        }
        FrameKind::Range => {
            if !start.is_null() && first.is_none_or(|first| first > 0) {
                return Err(OrmError::value_error(format!(
                    "start argument must be a negative integer, zero, or None, but got '{}'.",
                    start.py_str()?
                )));
            }
            if !end.is_null() && last.is_none_or(|last| last < 0) {
                return Err(OrmError::value_error(format!(
                    "end argument must be a positive integer, zero, or None, but got '{}'.",
                    end.py_str()?
                )));
            }
            "RANGE"
        }
    };
    let bound = |number: Option<i64>, unbounded: &str| match number {
        None => unbounded.to_owned(),
        Some(0) => "CURRENT ROW".to_owned(),
        Some(number) if number < 0 => format!("{} PRECEDING", number.unsigned_abs()),
        Some(number) => format!("{number} FOLLOWING"),
    };
    let exclusion = match frame.exclusion {
        None => "",
        Some(FrameExclusion::CurrentRow) => " EXCLUDE CURRENT ROW",
        Some(FrameExclusion::Group) => " EXCLUDE GROUP",
        Some(FrameExclusion::Ties) => " EXCLUDE TIES",
        Some(FrameExclusion::NoOthers) => " EXCLUDE NO OTHERS",
    };
    Ok(format!(
        "{kind} BETWEEN {} AND {}{exclusion}",
        bound(first, "UNBOUNDED PRECEDING"),
        bound(last, "UNBOUNDED FOLLOWING")
    ))
}
