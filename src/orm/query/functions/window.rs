//! Functions over windows.

use super::math::first_output;
use crate::orm::models::FieldKind;
use crate::orm::query::{FuncSpec, Output};

const WINDOW: FuncSpec = FuncSpec { window_compatible: true, ..FuncSpec::DEFAULT };
const FLOAT: Output = Output::Kind(FieldKind::Float);
const INTEGER: Output = Output::Kind(FieldKind::Integer);
const FIRST: Output = Output::By(first_output);

macro_rules! windows {
    ($($id:ident $name:literal $function:literal $output:ident),* $(,)?) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub static $id: FuncSpec = FuncSpec { name: $name, function: $function, output: $output, ..WINDOW };
        )*
    };
}

windows! {
    CUME_DIST "CumeDist" "CUME_DIST" FLOAT,
    DENSE_RANK "DenseRank" "DENSE_RANK" INTEGER,
    LAG "Lag" "LAG" FIRST,
    LEAD "Lead" "LEAD" FIRST,
    NTH_VALUE "NthValue" "NTH_VALUE" FIRST,
    NTILE "Ntile" "NTILE" INTEGER,
    PERCENT_RANK "PercentRank" "PERCENT_RANK" FLOAT,
    RANK "Rank" "RANK" INTEGER,
    ROW_NUMBER "RowNumber" "ROW_NUMBER" INTEGER,
}

/// `FirstValue`.
pub static FIRST_VALUE: FuncSpec = FuncSpec { name: "FirstValue", function: "FIRST_VALUE", arity: Some(1), ..WINDOW };
/// `LastValue`.
pub static LAST_VALUE: FuncSpec = FuncSpec { name: "LastValue", function: "LAST_VALUE", arity: Some(1), ..WINDOW };
