#![doc = include_str!("ARCHITECTURE.md")]

pub mod bank;
pub mod cli;
pub mod db;
pub mod diagnostics;
pub mod django;
pub mod grading;
pub mod orm;
pub mod python;
pub mod runner;
pub mod session;
pub mod values;
