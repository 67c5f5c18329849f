/* A disk whose fsync and fdatasync take SLOW_DISK_MS longer, one after the other as a disk's own do.
   cc -O2 -shared -fPIC -o slow_disk.so slow_disk.c -ldl -lpthread; LD_PRELOAD=…/slow_disk.so SLOW_DISK_MS=4 program */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_for_disk(void) {
    const char *said = getenv("SLOW_DISK_MS");
    double ms = said ? atof(said) : 4.0;
    struct timespec pause = {(time_t)(ms / 1e3), (long)(ms * 1e6) % 1000000000L};
    nanosleep(&pause, NULL);
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_for_disk();
    return real(file);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_for_disk();
    return real(file);
}
