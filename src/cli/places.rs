//! Where the learner's files are, by the system's own habits.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The folder for progress and history; none when the system names no home.
pub fn data_dir() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|base| base.data_dir().join("ormdojo"))
}
