//! Whether the tables that migrations made are those that the entities expect.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable, QueryResult, Statement};

use crate::{Database, change_log, cursor, requests};

/// Columns by name, and which of them may be null.
type Columns = BTreeMap<String, bool>;

/// A comparison under way.
#[derive(Debug)]
pub struct Agreement {
    database: Database,
    seen: BTreeSet<String>,
    differences: Vec<String>,
}

impl Agreement {
    /// Begins with the tables that every service has.
    pub async fn of(database: Database) -> Self {
        let begun = Self { database, seen: BTreeSet::from(["seaql_migrations".to_owned()]), differences: Vec::new() };
        let log = begun.entity::<change_log::entry::Entity>().await.entity::<change_log::head::Entity>().await;
        log.entity::<cursor::row::Entity>().await.entity::<requests::row::Entity>().await
    }

    /// Compares one entity with its table.
    pub async fn entity<E: EntityTrait>(mut self) -> Self {
        let table = E::default().table_name().to_owned();
        let declared: Columns = E::Column::iter().map(|column| (column.as_str().to_owned(), column.def().is_null())).collect();
        let found = self.columns(&table).await;
        for (name, null) in &declared {
            match found.get(name) {
                None => self.differences.push(format!("{table}.{name} is declared and not in the database")),
                Some(other) if other != null => {
                    self.differences.push(format!("{table}.{name} may be null: declared {null}, found {other}"))
                }
                Some(_) => {}
            }
        }
        let unknown = found.keys().filter(|name| !declared.contains_key(*name));
        self.differences.extend(unknown.map(|name| format!("{table}.{name} is in the database and not declared")));
        self.seen.insert(table);
        self
    }

    /// Everything that differs, a line each; tables without an entity among them.
    pub async fn differences(mut self) -> Vec<String> {
        let unseen: Vec<_> = self.tables().await.difference(&self.seen).map(|table| format!("{table} has no entity")).collect();
        self.differences.extend(unseen);
        self.differences
    }

    async fn tables(&self) -> BTreeSet<String> {
        let sql = match self.database.backend() {
            DbBackend::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            _ => "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()",
        };
        self.rows(sql).await.into_iter().map(|row| row.try_get("", "name").expect("a name")).collect()
    }

    async fn columns(&self, table: &str) -> Columns {
        // A primary key is never null, though SQLite does not say so of one that it makes itself.
        let sql = match self.database.backend() {
            DbBackend::Sqlite => {
                format!(r#"SELECT name, CAST("notnull" = 0 AND pk = 0 AS INTEGER) AS may_be_null FROM pragma_table_info('{table}')"#)
            }
            _ => format!(
                "SELECT column_name AS name, CAST(is_nullable = 'YES' AS INTEGER) AS may_be_null FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}'"
            ),
        };
        let column = |row: QueryResult| -> Result<(String, bool), DbErr> {
            Ok((row.try_get("", "name")?, row.try_get::<i32>("", "may_be_null")? == 1))
        };
        self.rows(&sql).await.into_iter().map(|row| column(row).expect("a name and a number")).collect()
    }

    async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.database.backend(), sql);
        self.database.connection().query_all_raw(statement).await.expect("the database's own tables")
    }
}
