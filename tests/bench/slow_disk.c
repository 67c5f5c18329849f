/* A disk whose fsync and fdatasync take SLOW_DISK_MS longer, one after the other as a disk's own do.
   cc -O2 -shared -fPIC -o slow_disk.so slow_disk.c -ldl -lpthread; LD_PRELOAD=…/slow_disk.so SLOW_DISK_MS=4 program */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long asked;

/* Each process adds a line to the file that SLOW_DISK_COUNT names: how often it asked. */
__attribute__((destructor)) static void tell(void) {
    const char *place = getenv("SLOW_DISK_COUNT");
    FILE *file = place && asked ? fopen(place, "a") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", asked);
    fclose(file);
}

static void wait_for_disk(void) {
    __sync_fetch_and_add(&asked, 1);
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
