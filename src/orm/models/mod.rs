//! What model classes declare: fields, relations, `_meta`, and the registry that finds a model by name.

mod db_type;
mod field;
mod model;
mod options;
mod path_info;
mod prepare;
mod registry;
mod relation;
mod through;
mod values;

pub use field::{Field, FieldData, FieldHooks, FieldKind, FieldOptions, Generated};
pub use model::{Model, ModelData};
pub use options::{Constraint, Index, Meta, OrderTerm};
pub use path_info::{PathInfo, Side};
pub use registry::{AppConfig, ContentTypes, Registry};
pub use relation::{FieldPair, GenericKey, OnDelete, Relation, Target};
pub use values::{decimal_from_db, dumps, int_from_db, json_from_db, loads};
