/* Every fsync and fdatasync takes two milliseconds more: a disk that does not flatter. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int after(const char *name, int file) {
    struct timespec pause = {0, 2000000};
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    nanosleep(&pause, 0);
    return real(file);
}

int fsync(int file) { return after("fsync", file); }
int fdatasync(int file) { return after("fdatasync", file); }
