//! Quiz, drill and mock interview: what is asked next, and what is remembered of the answers.
//!
//! Takes questions and verdicts. Gives sessions, schedules and reports; progress is stored after every answer.
