//! SQLite: connections, Django's functions, the query log, dataset images and limits.
//!
//! Takes statements from [`crate::orm`]. Gives rows. The only floor below the sessions that touches `rusqlite`.
