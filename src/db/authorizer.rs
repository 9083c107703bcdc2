//! What a learner's SQL may not do: reach files, load code, change settings of the whole process.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// The feature that an action asks for and doesn't get; `None` for all that is allowed.
pub(super) fn denied(context: &AuthContext<'_>) -> Option<String> {
    match &context.action {
        // An empty name is what VACUUM attaches for itself; both names stay in memory here.
        AuthAction::Attach { filename } if filename.is_empty() || *filename == ":memory:" => None,
        AuthAction::Attach { .. } => Some("ATTACH DATABASE".into()),
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let name = pragma_name.to_ascii_lowercase();
            is_denied_pragma(&name, pragma_value.is_some()).then(|| format!("PRAGMA {name}"))
        }
        AuthAction::Function { function_name } => {
            let name = function_name.to_ascii_lowercase();
            matches!(name.as_str(), "load_extension" | "fts3_tokenizer" | "readfile" | "writefile" | "edit")
                .then(|| format!("the SQL function {name}()"))
        }
        // An expression as the file name of ATTACH or VACUUM INTO comes without a name, so it arrives as unknown.
        AuthAction::Unknown { code, .. } if *code == rusqlite::ffi::SQLITE_ATTACH => Some("ATTACH DATABASE".into()),
        _ => None,
    }
}

/// Whether what the action does stays with the connection, beside the database: temporary tables, other databases,
/// settings.
pub(super) fn strays(context: &AuthContext<'_>) -> bool {
    match &context.action {
        AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::Attach { .. } => true,
        AuthAction::Pragma { pragma_name, pragma_value: Some(_) } => !is_question(&pragma_name.to_ascii_lowercase()),
        _ => false,
    }
}

/// Pragmas whose argument is what they ask about.
fn is_question(name: &str) -> bool {
    matches!(
        name,
        "table_info"
            | "table_xinfo"
            | "table_list"
            | "index_list"
            | "index_info"
            | "index_xinfo"
            | "foreign_key_list"
            | "foreign_key_check"
            | "integrity_check"
            | "quick_check"
            | "optimize"
    )
}

/// Whether a pragma is refused; some only when they set a value.
fn is_denied_pragma(name: &str, sets: bool) -> bool {
    match name {
        "writable_schema"
        | "temp_store_directory"
        | "data_store_directory"
        | "key"
        | "rekey"
        | "hexkey"
        | "hexrekey"
        | "textkey"
        | "activate_extensions"
        | "trusted_schema"
        | "vdbe_trace"
        | "vdbe_listing"
        | "vdbe_debug" => true,
        "hard_heap_limit" | "soft_heap_limit" | "temp_store" | "max_page_count" | "mmap_size" | "threads"
        | "journal_mode" | "locking_mode" | "cache_spill" | "wal_checkpoint" | "wal_autocheckpoint" => {
            sets && !matches!(name, "wal_checkpoint")
        }
        _ => false,
    }
}

/// The authorizer's answer.
pub(super) fn answer(denied: bool) -> Authorization {
    if denied { Authorization::Deny } else { Authorization::Allow }
}
