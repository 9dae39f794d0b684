/* Lets the n-th step by which a process reaches the disk be its last one, or the first one for which there is no space.

   Loaded in front of the C library into a host and whatever it starts (git), so that writes of Python, of SQLite and of git
   are counted alike, one after the other. What is to happen stands in a file that all of them have mapped; the layout is
   known to `cutting.py`. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OFF, COUNT, KILL_HOST, KILL_ALL, FULL };

static struct shared {
    long how;   /* one of the above */
    long at;    /* the step that is the last */
    long seen;  /* steps so far */
    long host;  /* the process that is killed */
    char what[232]; /* the step at which it happened */
} *shared;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CUTTING");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *found = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (found != MAP_FAILED) shared = found;
}

static void tell(const char *name, const char *path) {
    snprintf(shared->what, sizeof shared->what, "%s%s %s", getpid() == shared->host ? "" : "git: ", name, path);
}

/* Whether the step fails because the disk is full. Steps that need no space are never refused for that. */
static int step(const char *name, const char *path, int needs_space) {
    if (!shared || shared->how == OFF) return 0;
    long number = __atomic_add_fetch(&shared->seen, 1, __ATOMIC_SEQ_CST);
    if (shared->how == FULL) {
        if (number == shared->at) tell(name, path);
        return number >= shared->at && needs_space;
    }
    if (shared->how == COUNT || number != shared->at) return 0;
    int both = shared->how == KILL_ALL; /* it may be switched off as soon as the host is dead */
    tell(name, path);
    kill(shared->host, SIGKILL);
    if (both) kill(getpid(), SIGKILL);
    return 0;
}

static int step_of(const char *name, int file, int needs_space) {
    if (!shared || shared->how == OFF) return 0;
    struct stat about;
    if (fstat(file, &about) || !S_ISREG(about.st_mode)) return 0; /* a pipe, a terminal */
    char link[40], path[200];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    return step(name, path, needs_space);
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)
#define REFUSE(full) do { if (full) { errno = ENOSPC; return -1; } } while (0)
#define SPACE 1
#define NONE 0

#define OPENS(name, ...) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) {
    REAL(int, open, const char *, int, ...);
    OPENS()
    if (flags & O_CREAT) REFUSE(step("open", path, access(path, F_OK) != 0));
    return real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    REAL(int, open64, const char *, int, ...);
    OPENS()
    if (flags & O_CREAT) REFUSE(step("open", path, access(path, F_OK) != 0));
    return real(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    REAL(int, openat, int, const char *, int, ...);
    OPENS()
    if (flags & O_CREAT) REFUSE(step("open", path, faccessat(folder, path, F_OK, 0) != 0));
    return real(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    REAL(int, openat64, int, const char *, int, ...);
    OPENS()
    if (flags & O_CREAT) REFUSE(step("open", path, faccessat(folder, path, F_OK, 0) != 0));
    return real(folder, path, flags, mode);
}

ssize_t write(int file, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    REFUSE(step_of("write", file, SPACE));
    return real(file, data, size);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    REFUSE(step_of("write", file, SPACE));
    return real(file, parts, count);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    REFUSE(step_of("write", file, SPACE));
    return real(file, data, size, at);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    REFUSE(step_of("write", file, SPACE));
    return real(file, data, size, at);
}

int fsync(int file) {
    REAL(int, fsync, int);
    step_of("fsync", file, NONE);
    return real(file);
}

int fdatasync(int file) {
    REAL(int, fdatasync, int);
    step_of("fsync", file, NONE);
    return real(file);
}

int ftruncate(int file, off_t size) {
    REAL(int, ftruncate, int, off_t);
    step_of("truncate", file, NONE);
    return real(file, size);
}

int ftruncate64(int file, off64_t size) {
    REAL(int, ftruncate64, int, off64_t);
    step_of("truncate", file, NONE);
    return real(file, size);
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    step("rename", to, NONE);
    return real(from, to);
}

int renameat(int there, const char *from, int here, const char *to) {
    REAL(int, renameat, int, const char *, int, const char *);
    step("rename", to, NONE);
    return real(there, from, here, to);
}

int link(const char *from, const char *to) {
    REAL(int, link, const char *, const char *);
    REFUSE(step("link", to, SPACE));
    return real(from, to);
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    step("unlink", path, NONE);
    return real(path);
}

int unlinkat(int folder, const char *path, int flags) {
    REAL(int, unlinkat, int, const char *, int);
    step("unlink", path, NONE);
    return real(folder, path, flags);
}

int rmdir(const char *path) {
    REAL(int, rmdir, const char *);
    step("rmdir", path, NONE);
    return real(path);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    REFUSE(step("mkdir", path, access(path, F_OK) != 0));
    return real(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    REAL(int, mkdirat, int, const char *, mode_t);
    REFUSE(step("mkdir", path, faccessat(folder, path, F_OK, 0) != 0));
    return real(folder, path, mode);
}
