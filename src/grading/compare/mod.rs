//! Whether two runs show the same: values in one form, columns bound to each other, order as the question declares it.

mod binding;
mod canon;
mod runs;
mod schema;
mod state;

pub use binding::{Binding, Difference, Rules, Symptom};
pub use canon::{Canon, Grid, Shown};
pub use runs::{Comparison, compared};
pub use schema::schema_difference;
pub use state::{final_state, printed, state_difference};
