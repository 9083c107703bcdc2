//! What each operation does to the state of the project.

use std::rc::Rc;

use super::field::ModelKey;
use super::literal::{Argument, Literal, Made};
use super::operation::Operation;
use super::state::{ModelState, OptionValue, ProjectState, group_set};
use crate::orm::{ErrorKind, OrmError, OrmResult};

/// The options that `AlterModelOptions` compares and sets.
pub const ALTER_OPTION_KEYS: &[&str] = &[
    "base_manager_name",
    "default_manager_name",
    "default_related_name",
    "get_latest_by",
    "managed",
    "ordering",
    "permissions",
    "default_permissions",
    "select_on_save",
    "verbose_name",
    "verbose_name_plural",
];

fn text_value(text: Option<&Rc<str>>) -> OptionValue {
    OptionValue::Value(Argument::plain(text.map_or(Literal::None, |text| Literal::Str(text.clone()))))
}

fn change_made(
    state: &mut ProjectState,
    key: &ModelKey,
    option: &str,
    change: impl FnOnce(&mut Vec<Rc<Made>>),
) -> OrmResult<()> {
    state.change(key, |model| {
        let mut all = model.options.made(option).to_vec();
        change(&mut all);
        model.set_made(option, all);
    })
}

impl Operation {
    /// `state_forwards()`
    pub fn state_forwards(&self, app: &Rc<str>, state: &mut ProjectState) -> OrmResult<()> {
        let key = |name: &Rc<str>| -> ModelKey { (app.clone(), name.to_lowercase().into()) };
        match self {
            Self::CreateModel { name, fields, options, bases, managers } => {
                state.add(ModelState::new(app, name, fields.clone(), options.clone(), bases.clone(), managers.clone()));
                Ok(())
            }
            Self::DeleteModel { name } => state.remove(&key(name)),
            Self::RenameModel { old_name, new_name } => state.rename_model(app, old_name, new_name),
            Self::AlterModelTable { name, table } => {
                state.change(&key(name), |model| model.options.set("db_table", text_value(table.as_ref())))
            }
            Self::AlterModelTableComment { name, comment } => state.change(&key(name), |model| {
                model.options.set("db_table_comment", OptionValue::Value(comment.clone()));
            }),
            Self::AlterTogether { name, groups, .. } => state.change(&key(name), |model| {
                let value = groups.as_ref().map_or(Literal::None, |groups| group_set(groups));
                model.options.set(self.together_option(), OptionValue::Value(Argument::plain(value)));
            }),
            Self::AlterOrderWithRespectTo { name, field } => {
                state.change(&key(name), |model| model.options.set("order_with_respect_to", text_value(field.as_ref())))
            }
            Self::AlterModelOptions { name, options } => state.change(&key(name), |model| {
                for (name, value) in &options.0 {
                    model.options.set(name, value.clone());
                }
                for name in ALTER_OPTION_KEYS {
                    if options.get(name).is_none() {
                        model.options.remove(name);
                    }
                }
            }),
            Self::AlterModelManagers { name, managers } => {
                state.change(&key(name), |model| model.managers.clone_from(managers))
            }
            Self::AddIndex { model_name, index } => {
                change_made(state, &key(model_name), "indexes", |all| all.push(index.clone()))
            }
            Self::RemoveIndex { model_name, name } => {
                change_made(state, &key(model_name), "indexes", |all| all.retain(|index| index.name != *name))
            }
            Self::RenameIndex { model_name, new_name, old_name: Some(old_name), .. } => {
                change_made(state, &key(model_name), "indexes", |all| {
                    for index in all.iter_mut().filter(|index| index.name == *old_name) {
                        *index = Rc::new(index.renamed(new_name));
                    }
                })
            }
            Self::RenameIndex { .. } => Err(OrmError::unsupported("RenameIndex with old_fields")),
            Self::AddConstraint { model_name, constraint } => {
                change_made(state, &key(model_name), "constraints", |all| all.push(constraint.clone()))
            }
            Self::RemoveConstraint { model_name, name } => change_made(state, &key(model_name), "constraints", |all| {
                all.retain(|constraint| constraint.name != *name);
            }),
            Self::AlterConstraint { model_name, name, constraint } => {
                change_made(state, &key(model_name), "constraints", |all| {
                    for known in all.iter_mut().filter(|known| known.name == *name) {
                        *known = constraint.clone();
                    }
                })
            }
            Self::AddField { model_name, name, field, preserve_default }
            | Self::AlterField { model_name, name, field, preserve_default } => {
                let kept = if *preserve_default { field.clone() } else { Rc::new(field.with_default(None)) };
                state.change(&key(model_name), |model| match model.fields.iter_mut().find(|(known, _)| known == name) {
                    Some((_, held)) => *held = kept,
                    None => model.fields.push((name.clone(), kept)),
                })
            }
            Self::RemoveField { model_name, name } => {
                let key = key(model_name);
                if state.get(&key)?.own_field(name).is_none() {
                    return Err(OrmError::new(ErrorKind::KeyError, format!("'{name}'")));
                }
                state.change(&key, |model| model.fields.retain(|(known, _)| known != name))
            }
            Self::RenameField { model_name, old_name, new_name } => {
                state.rename_field(&key(model_name), old_name, new_name)
            }
            Self::RunSql { state_operations, .. } | Self::SeparateDatabaseAndState { state_operations, .. } => {
                state_operations.iter().try_for_each(|operation| operation.state_forwards(app, state))
            }
            Self::RunPython { .. } => Ok(()),
            Self::Custom { class_name, .. } => Err(OrmError::unsupported(format!("migration operation {class_name}"))),
        }
    }
}
