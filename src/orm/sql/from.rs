//! `FROM`: the tables in use and the conditions that join them.

use std::rc::Rc;

use super::{SqlBuffer, SqlCompiler};
use crate::orm::query::{Join, JoinType, Table};
use crate::orm::{OrmError, OrmResult};

impl SqlCompiler<'_> {
    /// Writes the tables, each after a space, as they follow `FROM`. Whether there are any.
    pub(super) fn write_from(&mut self, out: &mut SqlBuffer) -> OrmResult<bool> {
        let tables = self.query.tables.clone();
        let mut any = false;
        for entry in tables.iter() {
            // A query without a model has no table.
            let nameless = matches!(&entry.table, Table::Base { table, .. } if table.is_empty());
            if entry.refs == 0 || nameless {
                continue;
            }
            any = true;
            out.push(" ");
            match &entry.table {
                Table::Base { table, alias } => {
                    self.name(table, out);
                    if alias != table {
                        out.push(" ");
                        out.push(alias);
                    }
                }
                Table::Join(join) => self.write_join(join, out)?,
            }
        }
        for table in self.query.extra_tables.clone().iter() {
            let known = self
                .query
                .table_map
                .iter()
                .find(|(name, aliases)| name == table && !aliases.is_empty())
                .map(|(_, aliases)| aliases[0].clone());
            let alias = match known {
                Some(alias) => {
                    if self.query.refcount(&alias) > 0 {
                        self.query.ref_alias(&alias);
                        continue;
                    }
                    self.query.ref_alias(&alias);
                    alias
                }
                None => self.query.new_alias(table, None),
            };
            any = true;
            out.push(" , ");
            self.name(&alias, out);
        }
        Ok(any)
    }

    fn write_join(&mut self, join: &Rc<Join>, out: &mut SqlBuffer) -> OrmResult<()> {
        out.push(match join.join_type {
            JoinType::Inner => "INNER JOIN ",
            JoinType::LeftOuter => "LEFT OUTER JOIN ",
        });
        self.name(&join.table, out);
        if join.alias != join.table {
            out.push(" ");
            out.push(&join.alias);
        }
        out.push(" ON (");
        let mut conditions = 0;
        for (near, far) in &join.join_columns {
            if conditions > 0 {
                out.push(" AND ");
            }
            conditions += 1;
            for (alias, column, end) in [(&join.parent_alias, near, " = "), (&join.alias, far, "")] {
                self.name(alias, out);
                out.push(".");
                self.name(column, out);
                out.push(end);
            }
        }
        let mut further = Vec::new();
        if let Some(extra) = join.join_field.extra_restriction(Some(&join.alias), Some(&join.parent_alias))? {
            further.push(self.fragment(&extra)?);
        }
        if let Some(condition) =
            join.filtered_relation.as_ref().and_then(|filtered| filtered.resolved_condition.clone())
        {
            let mut sql = SqlBuffer::new();
            match self.write_where(&condition, &mut sql) {
                Ok(()) => further.push(sql.finish()),
                Err(error) if error.is_full_result() => {}
                Err(error) => return Err(error),
            }
        }
        for condition in further {
            if conditions > 0 {
                out.push(" AND ");
            }
            conditions += 1;
            out.push("(");
            out.fragment(&condition);
            out.push(")");
        }
        if conditions == 0 {
            return Err(OrmError::value_error(format!(
                "Join generated an empty ON clause. {} did not yield either joining columns or extra restrictions.",
                join.join_field.class_name()
            )));
        }
        out.push(")");
        Ok(())
    }
}
