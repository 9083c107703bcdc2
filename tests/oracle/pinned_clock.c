/* Preloaded into the oracle: every wall clock shows 2026-06-15 12:00:00 UTC, Python's and SQLite's alike, and sleeping
   returns at once. Monotonic clocks stay real. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PINNED 1781524800L

int clock_gettime(clockid_t id, struct timespec *out) {
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) {
        out->tv_sec = PINNED;
        out->tv_nsec = 0;
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, id, out);
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    (void)zone;
    if (out) {
        out->tv_sec = PINNED;
        out->tv_usec = 0;
    }
    return 0;
}

time_t time(time_t *out) {
    if (out) *out = PINNED;
    return PINNED;
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *want, struct timespec *left) {
    (void)id, (void)flags, (void)want, (void)left;
    return 0;
}

int nanosleep(const struct timespec *want, struct timespec *left) {
    (void)want, (void)left;
    return 0;
}
