//! What judging needs of a workbench beyond running: other databases under the same models, what its tables are made of,
//! and what they hold in the end.

use std::rc::Rc;

use crate::db::{Connection, Image, Params, SqlValue};
use crate::django::connections::Database;
use crate::orm::ErrorKind;
use crate::orm::models::{Constraint, Field, FieldKind, Model};
use crate::orm::schema::create_table;
use crate::python::modules::{Clock, set_clock};
use crate::python::object::Value;
use crate::python::vm::Vm;
use crate::values::datetime::TimeDelta;

use super::cells::cell;
use super::{Cell, ExecError, Submission, Workbench, WorkbenchError, tables};

/// A column of a table, as far as making rows for it goes.
#[derive(Clone, Debug)]
pub struct ColumnInfo {
    /// The column's name.
    pub name: String,
    /// The field's name.
    pub field: String,
    /// The attribute that holds it on an instance.
    pub attname: String,
    /// The field's class.
    pub kind: FieldKind,
    /// Whether it may be NULL.
    pub null: bool,
    /// Whether an empty text is allowed in it.
    pub blank: bool,
    /// Whether no two rows may share a value.
    pub unique: bool,
    /// Whether it is the primary key.
    pub primary_key: bool,
    /// The table and column that it points at.
    pub references: Option<(String, String)>,
    /// The longest text.
    pub max_length: Option<usize>,
    /// Digits behind the point.
    pub places: u32,
    /// Whether the field fills in the moment by itself.
    pub automatic_time: bool,
    /// Whether each save fills it in anew.
    pub touched: bool,
    /// Whether rows get a value without being given one.
    pub has_default: bool,
    /// The values that may stand in it, as they are stored; empty when any may.
    pub choices: Vec<SqlValue>,
}

/// A table of a dataset.
#[derive(Clone, Debug)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// The label of the model behind it.
    pub model: String,
    /// Its columns.
    pub columns: Vec<ColumnInfo>,
    /// The positions of columns whose values no two rows may share all together.
    pub together: Vec<Vec<usize>>,
    /// Whether Django made it to link the two sides of a many-to-many relation.
    pub links: bool,
}

/// What a table holds.
#[derive(Clone, Debug, PartialEq)]
pub struct TableState {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Its rows, in the order of their row numbers.
    pub rows: Vec<Vec<SqlValue>>,
}

impl Workbench {
    /// The dataset's own rows.
    pub fn untouched(&self) -> &Image {
        &self.image
    }

    /// The connection below.
    pub fn connection(&self) -> &Rc<Connection> {
        &self.database.connection
    }

    /// Goes to another database with the same tables, and to the names that are bound before any code runs.
    pub fn go_to(&mut self, image: &Image) -> Result<(), WorkbenchError> {
        let connection = &self.database.connection;
        connection.restore(image).map_err(|error| WorkbenchError::Invalid(error.message))?;
        self.go_on(self.database.connection.clone());
        Ok(())
    }

    /// Goes to the database of a connection, as it is there, and to the names that are bound before any code runs.
    pub fn go_on(&mut self, connection: Rc<Connection>) {
        connection.take_log();
        let fresh = Database::new("default", connection);
        self.django.connections.set(fresh.clone());
        self.database = fresh;
        let before = std::mem::replace(&mut self.session, Rc::new(self.names.copy()));
        if !Rc::ptr_eq(&before, &self.names) {
            // Its functions refer to it.
            before.clear();
        }
    }

    /// Puts Python's clock so many days ahead of the pinned moment.
    pub fn set_clock(&mut self, days: i64) {
        let mut clock = Clock::default();
        let ahead = TimeDelta::from_microseconds(i128::from(days) * 86_400_000_000).ok();
        if let Some(moment) = ahead.and_then(|ahead| clock.now.checked_add(&ahead).ok()) {
            clock.now = moment;
        }
        set_clock(&mut self.vm, clock);
    }

    /// The database with all tables and no rows.
    pub fn blank(&self) -> Result<Image, WorkbenchError> {
        let invalid = |error: crate::db::DbError| WorkbenchError::Invalid(error.message);
        let connection = Rc::new(Connection::open().map_err(invalid)?);
        tables::create(&connection, &self.django.registry())?;
        connection.image().map_err(invalid)
    }

    /// The tables, those that others point at first.
    pub fn tables(&mut self) -> Vec<TableInfo> {
        let models = tables::tabled(&self.django.registry());
        let mut infos: Vec<TableInfo> = models.iter().map(|model| self.table_info(model)).collect();
        let mut ordered = Vec::with_capacity(infos.len());
        while !infos.is_empty() {
            let waits = |info: &TableInfo| {
                info.columns.iter().any(|column| {
                    column
                        .references
                        .as_ref()
                        .is_some_and(|(table, _)| *table != info.name && infos.iter().any(|other| other.name == *table))
                })
            };
            // Tables that point at each other in a circle come in the order of their models.
            let at = infos.iter().position(|info| !waits(info)).unwrap_or(0);
            ordered.push(infos.remove(at));
        }
        ordered
    }

    fn table_info(&mut self, model: &Model) -> TableInfo {
        let mut columns = Vec::new();
        for field in model.local_fields() {
            let Some(name) = field.column.clone() else { continue };
            let choices = self.choices(&field);
            columns.push(column_info(&field, &name, choices));
        }
        let position = |name: &Rc<str>| columns.iter().position(|column: &ColumnInfo| column.field == **name);
        let meta = model.meta();
        let named = meta.constraints.iter().filter_map(unique_fields);
        let together: Vec<Vec<usize>> = meta
            .unique_together
            .iter()
            .cloned()
            .chain(named)
            .filter_map(|names| names.iter().map(position).collect::<Option<Vec<usize>>>())
            .filter(|places| !places.is_empty())
            .collect();
        TableInfo {
            name: model.db_table().to_string(),
            model: model.label(),
            together,
            columns,
            links: model.meta().auto_created,
        }
    }

    /// The stored values of a field's choices, groups taken apart.
    fn choices(&mut self, field: &Field) -> Vec<SqlValue> {
        let Some(object) = self.django.object_of(field) else { return Vec::new() };
        let vm = &mut self.vm;
        let Ok(Some(choices)) = vm.get_attr_opt(&object, "choices") else { return Vec::new() };
        let mut values = Vec::new();
        collect_choices(vm, &choices, &mut values, 0);
        values
    }

    /// What every table holds, ordinary ones that the program made included.
    pub fn table_states(&self) -> Result<Vec<TableState>, WorkbenchError> {
        let invalid = |error: crate::db::DbError| WorkbenchError::Invalid(error.message);
        let connection = &self.database.connection;
        let listing = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
        let names = connection.execute_plain(listing, &Params::None).map_err(invalid)?;
        let mut states = Vec::new();
        for row in names.rows {
            let Some(SqlValue::Text(name)) = row.into_iter().next() else { continue };
            let quoted = name.replace('"', "\"\"");
            let result =
                connection.execute_plain(&format!("SELECT * FROM \"{quoted}\""), &Params::None).map_err(invalid)?;
            states.push(TableState {
                name,
                columns: result.columns.into_iter().map(|column| column.name).collect(),
                rows: result.rows,
            });
        }
        Ok(states)
    }

    /// The attributes of a model's columns, by its label.
    pub fn attnames(&self, label: &str) -> Vec<String> {
        let models = self.django.registry().models();
        let model = models.iter().rev().find(|model| model.label() == label);
        model
            .map(|model| model.concrete_fields().iter().map(|field| field.attname.to_string()).collect())
            .unwrap_or_default()
    }

    /// Every model there is now; see [`Self::statements_of_new`].
    pub fn known_models(&self) -> Vec<Model> {
        self.django.registry().models()
    }

    /// The statements that make the tables of models that were not there before.
    /// An exception where Django could not make them.
    pub fn statements_of_new(&mut self, before: &[Model]) -> Result<Vec<String>, ExecError> {
        let registry = self.django.registry();
        crate::django::vm_scope::enter(&mut self.vm, || {
            let mut creates = Vec::new();
            for model in tables::tabled(&registry) {
                if before.contains(&model) {
                    continue;
                }
                let made = create_table(&model).map_err(|error| {
                    let kind = format!("{:?}", error.kind());
                    let message = error.message().to_owned();
                    let unsupported = error.kind() == ErrorKind::Unsupported;
                    let traceback = format!("{kind}: {message}\n");
                    ExecError { traceback, kind, message, line: 0, column: 0, unsupported }
                })?;
                creates.push(made.create);
                creates.extend(made.deferred);
            }
            Ok(creates)
        })
    }

    /// Whether code that ran may have changed what later runs see: models, or the classes' own attributes.
    pub fn leaves_traces(&self, submission: &Submission, before: u64) -> bool {
        self.django.registry().generation() != before || may_leave_traces(&submission.source)
    }

    /// Changes whenever a model is defined.
    pub fn generation(&self) -> u64 {
        self.django.registry().generation()
    }
}

/// Whether a text has words in it by which a program changes classes that other programs use.
fn may_leave_traces(source: &str) -> bool {
    const WORDS: &[&str] =
        &["connect", "receiver", "setattr", "delattr", "register", "add_to_class", "class ", "__dict__"];
    if WORDS.iter().any(|word| source.contains(word)) {
        return true;
    }
    // `Model.something = …` at the beginning of a statement.
    source.lines().map(str::trim_start).any(|line| {
        let target = line.split('=').next().unwrap_or_default().trim_end();
        line.contains('=')
            && target.contains('.')
            && line.chars().next().is_some_and(char::is_uppercase)
            && target.chars().all(|symbol| symbol.is_alphanumeric() || symbol == '.' || symbol == '_')
    })
}

/// The fields of a constraint that no two rows may share.
fn unique_fields(constraint: &Constraint) -> Option<Vec<Rc<str>>> {
    match constraint {
        Constraint::Unique { fields, condition: None, .. } if !fields.is_empty() => Some(fields.clone()),
        _ => None,
    }
}

fn column_info(field: &Field, name: &str, choices: Vec<SqlValue>) -> ColumnInfo {
    let options = &field.options;
    let references = field.relation.as_ref().filter(|_| field.is_relation()).and_then(|relation| {
        let model = relation.model()?;
        let target = match &relation.to_field {
            Some(name) => model.concrete_fields().iter().find(|field| *field.name == **name).cloned(),
            None => model.pk_or_none(),
        }?;
        Some((target.model()?.db_table().to_string(), target.column.as_ref()?.to_string()))
    });
    ColumnInfo {
        name: name.to_owned(),
        field: field.name.to_string(),
        attname: field.attname.to_string(),
        kind: field.kind,
        null: field.is_null(),
        blank: options.blank,
        unique: field.is_unique(),
        primary_key: field.is_primary_key(),
        references,
        max_length: options.max_length.and_then(|length| usize::try_from(length).ok()),
        places: options.decimal_places.and_then(|places| u32::try_from(places).ok()).unwrap_or(2),
        automatic_time: options.auto_now || options.auto_now_add,
        touched: options.auto_now,
        has_default: options.has_default,
        choices,
    }
}

fn collect_choices(vm: &mut Vm, choices: &Value, values: &mut Vec<SqlValue>, depth: usize) {
    if choices.is_none() || depth > 2 {
        return;
    }
    let Ok(items) = vm.list_from(choices) else { return };
    for item in items {
        let Ok(pair) = vm.list_from(&item) else { continue };
        let [value, label] = pair.as_slice() else { continue };
        if matches!(label.plain(), Value::List(_) | Value::Tuple(_)) {
            collect_choices(vm, label, values, depth + 1);
            continue;
        }
        match cell(vm, value) {
            Ok(Cell::Text(text)) => values.push(SqlValue::Text(text)),
            Ok(Cell::Int(number)) => values.push(SqlValue::Integer(number)),
            Ok(Cell::Bool(truth)) => values.push(SqlValue::Integer(i64::from(truth))),
            _ => {}
        }
    }
}
