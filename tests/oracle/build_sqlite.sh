#!/bin/sh
# Compiles the SQLite that the engine embeds into a shared libsqlite3.so.0, so that the oracle's Django runs on the very
# same one (the flags are those of the crate libsqlite3-sys with the feature `bundled`, and the math functions), and the
# library that pins the clock.
#
# usage: build_sqlite.sh [FOLDER]      (default: build/ beside this script)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/build}
source=$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/libsqlite3-sys-0.39*/sqlite3 | tail -n 1)
mkdir -p "$out"
cc -O2 -fPIC -shared -w -Wl,-soname,libsqlite3.so.0 -o "$out/libsqlite3.so.0" "$source/sqlite3.c" \
    -DSQLITE_DEFAULT_FOREIGN_KEYS=1 -DSQLITE_ENABLE_API_ARMOR -DSQLITE_ENABLE_COLUMN_METADATA \
    -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_FTS3 -DSQLITE_ENABLE_FTS3_PARENTHESIS -DSQLITE_ENABLE_FTS5 \
    -DSQLITE_ENABLE_JSON1 -DSQLITE_ENABLE_LOAD_EXTENSION=1 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_STAT4 \
    -DSQLITE_SOUNDEX -DSQLITE_THREADSAFE=1 -DSQLITE_USE_URI -DHAVE_USLEEP=1 -DHAVE_ISNAN \
    -D_POSIX_THREAD_SAFE_FUNCTIONS -DSQLITE_ENABLE_MATH_FUNCTIONS -ldl -lpthread -lm
cc -O2 -fPIC -shared -o "$out/libpinned_clock.so" "$here/pinned_clock.c"
echo "$out/libsqlite3.so.0"
