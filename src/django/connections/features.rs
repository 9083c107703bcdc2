//! `connection.features` and `connection.ops`: what the backend can do, and small services of it.

use std::rc::Rc;

use crate::django::fields::bound;
use crate::orm::models::{Field, FieldKind};
use crate::python::object::{Args, ClassBuilder, Instance, PyResult, Value};
use crate::python::vm::Vm;

/// Flags that are true.
const TRUE: &[&str] = &[
    "allow_sliced_subqueries_with_in",
    "allows_auto_pk_0",
    "allows_group_by_lob",
    "allows_group_by_select_index",
    "allows_multiple_constraints_on_same_fields",
    "can_alter_table_drop_column",
    "can_clone_databases",
    "can_defer_constraint_checks",
    "can_introspect_check_constraints",
    "can_introspect_default",
    "can_introspect_foreign_keys",
    "can_release_savepoints",
    "can_return_columns_from_insert",
    "can_return_rows_from_bulk_insert",
    "can_rollback_ddl",
    "can_use_chunked_reads",
    "delete_can_self_reference_subquery",
    "enforces_unique_constraints",
    "has_bulk_insert",
    "has_case_insensitive_like",
    "has_json_object_function",
    "has_zoneinfo_database",
    "ignores_table_name_case",
    "ignores_unnecessary_order_by_in_subqueries",
    "indexes_foreign_keys",
    "insert_test_table_with_defaults_supported",
    "order_by_nulls_first",
    "requires_literal_defaults",
    "supports_aggregate_filter_clause",
    "supports_aggregate_order_by_clause",
    "supports_boolean_expr_in_select_clause",
    "supports_collation_on_charfield",
    "supports_collation_on_textfield",
    "supports_column_check_constraints",
    "supports_comparing_boolean_expr",
    "supports_conditional_expression_in_where",
    "supports_date_lookup_using_string",
    "supports_default_in_lead_lag",
    "supports_default_keyword_in_bulk_insert",
    "supports_explaining_query_execution",
    "supports_expression_defaults",
    "supports_expression_indexes",
    "supports_foreign_keys",
    "supports_forward_references",
    "supports_frame_exclusion",
    "supports_frame_range_fixed_distance",
    "supports_functions_in_partial_indexes",
    "supports_ignore_conflicts",
    "supports_index_column_ordering",
    "supports_index_on_text_field",
    "supports_indexes",
    "supports_json_field",
    "supports_json_negative_indexing",
    "supports_non_deterministic_collations",
    "supports_nullable_unique_constraints",
    "supports_order_by_nulls_modifier",
    "supports_over_clause",
    "supports_paramstyle_pyformat",
    "supports_partial_indexes",
    "supports_partially_nullable_unique_constraints",
    "supports_primitives_in_json_field",
    "supports_regex_backreferencing",
    "supports_select_difference",
    "supports_select_for_update_with_limit",
    "supports_select_intersection",
    "supports_select_union",
    "supports_sequence_reset",
    "supports_stored_generated_columns",
    "supports_subqueries_in_group_by",
    "supports_table_check_constraints",
    "supports_temporal_subtraction",
    "supports_transactions",
    "supports_unlimited_charfield",
    "supports_unspecified_pk",
    "supports_update_conflicts",
    "supports_update_conflicts_with_target",
    "supports_virtual_generated_columns",
    "update_can_self_select",
    "uses_savepoints",
];

/// Flags that are false.
const FALSE: &[&str] = &[
    "allows_group_by_selected_pks",
    "atomic_transactions",
    "can_create_inline_fk",
    "can_distinct_on_fields",
    "can_introspect_materialized_views",
    "can_rename_index",
    "collate_as_index_expression",
    "connection_persists_old_columns",
    "for_update_after_from",
    "gis_enabled",
    "greatest_least_ignores_nulls",
    "has_json_operators",
    "has_native_duration_field",
    "has_native_json_field",
    "has_native_uuid_field",
    "has_real_datatype",
    "has_select_for_no_key_update",
    "has_select_for_update",
    "has_select_for_update_nowait",
    "has_select_for_update_of",
    "has_select_for_update_skip_locked",
    "implied_column_null",
    "interprets_empty_strings_as_nulls",
    "json_key_contains_list_matching_requires_list",
    "nulls_order_largest",
    "only_supports_unbounded_with_preceding_and_following",
    "related_fields_match_type",
    "requires_casted_case_in_updates",
    "requires_compound_order_by_subquery",
    "requires_explicit_null_ordering_when_grouping",
    "rounds_to_even",
    "schema_editor_uses_clientside_param_binding",
    "select_for_update_of_column",
    "supports_any_value",
    "supports_callproc_kwargs",
    "supports_cast_with_precision",
    "supports_combined_alters",
    "supports_comments",
    "supports_comments_inline",
    "supports_covering_indexes",
    "supports_default_keyword_in_insert",
    "supports_deferrable_unique_constraints",
    "supports_json_field_contains",
    "supports_logical_xor",
    "supports_nulls_distinct_unique_constraints",
    "supports_parentheses_in_compound",
    "supports_slicing_ordering_in_compound",
    "supports_tablespaces",
    "supports_timezones",
    "supports_tuple_lookups",
    "test_db_allows_multiple_connections",
    "truncates_names",
    "uses_custom_query_class",
];

/// As which class the column of a field is seen again.
const INTROSPECTED: &[(&str, &str)] = &[
    ("AutoField", "AutoField"),
    ("BigAutoField", "AutoField"),
    ("BigIntegerField", "BigIntegerField"),
    ("BinaryField", "BinaryField"),
    ("BooleanField", "BooleanField"),
    ("CharField", "CharField"),
    ("DurationField", "BigIntegerField"),
    ("GenericIPAddressField", "CharField"),
    ("IntegerField", "IntegerField"),
    ("PositiveBigIntegerField", "PositiveBigIntegerField"),
    ("PositiveIntegerField", "PositiveIntegerField"),
    ("PositiveSmallIntegerField", "PositiveSmallIntegerField"),
    ("SmallAutoField", "AutoField"),
    ("SmallIntegerField", "SmallIntegerField"),
    ("TimeField", "TimeField"),
];

/// The object behind `connection.features`.
pub(super) fn features(vm: &mut Vm) -> Value {
    let mut builder = ClassBuilder::new("DatabaseFeatures").module("django.db.backends.sqlite3.features");
    for (names, truth) in [(TRUE, true), (FALSE, false)] {
        for name in names {
            builder = builder.value(name, truth);
        }
    }
    let collations = crate::python::object::Dict::new();
    for (name, collation) in [("ci", "nocase"), ("cs", "binary"), ("non_default", "nocase"), ("virtual", "nocase")] {
        collations.set_str(name, collation);
    }
    let introspected = Rc::new(crate::python::object::Dict::new());
    for (name, seen) in INTROSPECTED {
        introspected.set_str(*name, *seen);
    }
    let class = builder
        .property("can_introspect_json_field", |vm, _| {
            // As `supports_json_field`, which a connection tries out once.
            crate::django::state::orm(vm, || super::probe_json("default"))?;
            Ok(true.into())
        })
        .value("bare_select_suffix", "")
        .value("max_query_params", 999)
        .value("time_cast_precision", 3)
        .value("minimum_database_version", Value::tuple(vec![Value::Int(3), Value::Int(31)]))
        .value("insert_test_table_with_defaults", "INSERT INTO {} (\"null\") VALUES (1)")
        .value("test_now_utc_template", Value::None)
        .value("introspected_field_types", Value::Dict(introspected))
        .value("supported_explain_formats", Value::list(Vec::new()))
        .value("test_collations", Value::Dict(Rc::new(collations)))
        .build(vm);
    Instance::new(class).into()
}

/// As bulk_batch_size of SQLite's operations: how many rows of these fields one statement may hold.
pub fn bulk_batch_size(fields: &[Field], objects: usize) -> usize {
    batch_size(fields.iter().map(width).sum(), objects)
}

/// How many columns a field stands for.
fn width(field: &Field) -> usize {
    if field.kind == FieldKind::CompositePrimaryKey { field.composite.len() } else { 1 }
}

fn batch_size(columns: usize, objects: usize) -> usize {
    match columns {
        0 => objects,
        1 => 500,
        columns => 999 / columns,
    }
}

/// The object behind `connection.ops`.
pub(super) fn ops(vm: &mut Vm) -> Value {
    let class = ClassBuilder::new("DatabaseOperations")
        .module("django.db.backends.sqlite3.operations")
        .method("quote_name", "self, name", |vm, args| {
            let name = vm.to_str(&args[1])?;
            if name.starts_with('"') && name.ends_with('"') && name.len() > 1 {
                return Ok(args[1].clone());
            }
            Ok(format!("\"{name}\"").into())
        })
        .method("bulk_batch_size", "self, fields, objs", |vm, args| {
            let given = vm.list_from(&args[1])?;
            let objects = vm.len(&args[2])?;
            let columns = given.iter().map(|field| bound(field).map_or(1, |field| width(&field))).sum();
            Ok(batch_size(columns, objects).into())
        })
        .method("integer_field_range", "self, internal_type", |vm, args| {
            let kind = vm.to_str(&args[1])?;
            let least = if kind.starts_with("Positive") { 0 } else { i64::MIN };
            Ok(Value::tuple(vec![Value::Int(least), Value::Int(i64::MAX)]))
        })
        .method("adapt_datefield_value", "self, value", adapted)
        .method("adapt_timefield_value", "self, value", adapted)
        .method("adapt_datetimefield_value", "self, value", adapted)
        .method("force_no_ordering", "self", |_, _| Ok(Value::list(Vec::new())))
        .method("limit_offset_sql", "self, low_mark, high_mark", |_, args| {
            let low = args[1].as_i64().unwrap_or(0);
            let limit = match args[2].as_i64() {
                Some(high) => Some(high - low),
                None if low > 0 => Some(-1),
                None => None,
            };
            let parts = [limit.map(|limit| format!("LIMIT {limit}")), (low > 0).then(|| format!("OFFSET {low}"))];
            Ok(parts.into_iter().flatten().collect::<Vec<_>>().join(" ").into())
        })
        .method("max_in_list_size", "self", |_, _| Ok(Value::None))
        .method("max_name_length", "self", |_, _| Ok(Value::None))
        .method("no_limit_value", "self", |_, _| Ok(Value::Int(-1)))
        .method("savepoint_create_sql", "self, sid", |vm, args| savepoint_sql(vm, "SAVEPOINT", &args[1]))
        .method("savepoint_commit_sql", "self, sid", |vm, args| savepoint_sql(vm, "RELEASE SAVEPOINT", &args[1]))
        .method("savepoint_rollback_sql", "self, sid", |vm, args| savepoint_sql(vm, "ROLLBACK TO SAVEPOINT", &args[1]))
        .method("random_function_sql", "self", |_, _| Ok(Value::str("RAND()")))
        .build(vm);
    Instance::new(class).into()
}

fn savepoint_sql(vm: &mut Vm, verb: &str, id: &Value) -> PyResult {
    let id = vm.to_str(id)?;
    Ok(format!("{verb} \"{id}\"").into())
}

/// A date or time as the driver is given it: its text. Aware moments are moved by their field before they get here.
fn adapted(vm: &mut Vm, args: Args) -> PyResult {
    if args[1].is_none() {
        return Ok(Value::None);
    }
    Ok(Value::Str(vm.to_str(&args[1])?))
}
