//! One submission becomes one [`Execution`]: value, output, statements with their source places, error.
//!
//! Takes source text and a dataset. Gives what happened; it judges nothing.

mod cells;
mod definitions;
mod description;
mod execution;
mod fixtures;
mod ledger;
mod migrations;
mod names;
mod package;
mod project;
mod rows;
mod scale;
mod stage;
mod submission;
mod tables;
mod tests;
mod workbench;

pub use definitions::{Issue, Level, issues_text};
pub use description::{Description, Fact, ModelDescription};
pub use execution::{Cell, ExecError, Execution, LoggedQuery, Outcome, QueryKind};
pub use fixtures::{dataset_names, fixture};
pub use migrations::{
    Answers, Direction, MadeMigration, MigrationError, MigrationRequest, ModelsFile, Why, app_of, is_migration,
    migrations,
};
pub use stage::{ColumnInfo, TableInfo, TableState};
pub use submission::{Language, Limits, Source, Submission};
pub use tests::{TestEnd, TestReport, run_package};
pub use workbench::{Showing, Workbench, WorkbenchError};
