//! Whether two runs show the same: values in one form, columns bound to each other, order as the question declares it.

mod binding;
mod canon;
mod difference;
mod models;
mod order;
mod runs;
mod schema;
mod shown;
mod state;

pub use binding::{Binding, Rules};
pub use canon::Canon;
pub use difference::{Difference, Symptom, rows};
pub use models::{line_of, model_differences};
pub use runs::{Comparison, compared, may_sort};
pub use schema::schema_difference;
pub use shown::{Grid, Shown, is_nameless};
pub use state::{FinalTable, Moments, final_state, printed, state_difference};
