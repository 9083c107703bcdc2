//! Plain data that Python code and the ORM both hold: decimals, dates and times, durations, time zones, UUIDs.
//!
//! Takes nothing of ours. Gives value types with Python's arithmetic and text forms, so that no floor has a second copy.
