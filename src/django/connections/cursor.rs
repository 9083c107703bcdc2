//! `connection.cursor()`.
