//! The protocols of Python objects, as methods of [`Vm`](super::vm::Vm).

pub mod attribute;
pub mod call;
pub mod class;
pub mod compare;
pub mod format;
pub mod hash;
pub mod identity;
pub mod item;
pub mod iterate;
pub mod names;
pub mod number;
pub mod percent;
mod plain_format;
pub mod special;
pub mod text;
