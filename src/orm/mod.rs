//! Django's ORM as pure data and functions: no I/O, no Python.
//!
//! Takes model definitions and calls on querysets as data. Gives resolved queries and, late, statements with parameters.
