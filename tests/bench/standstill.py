#!/usr/bin/env python3
"""How long a process of many threads stands still while another program looks at its stacks.

usage: standstill.py PROGRAM THREADS RUNS RESULT [COMMAND...]

PROGRAM is made of SOURCE: its threads read the clock once a millisecond, and note the largest time between two readings. COMMAND
has PID for its process id; without one, it is left alone. RESULT gets the median of RUNS largest times, in milliseconds."""
import pathlib
import statistics
import subprocess
import sys
import time

SOURCE = """\
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static volatile sig_atomic_t over;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double worst;
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e3 + t.tv_nsec * 1e-6; }
static void *work(void *p) {
    double before = now(), largest = 0;
    while (!over) {
        usleep(1000);
        double t = now();
        if (t - before > largest) largest = t - before;
        before = t;
    }
    pthread_mutex_lock(&lock);
    if (largest > worst) worst = largest;
    pthread_mutex_unlock(&lock);
    return p;
}
static void stop(int signal) { over = signal; }
int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 1;
    pthread_t *ids = malloc((size_t)count * sizeof *ids);
    signal(SIGTERM, stop);
    for (int i = 0; i < count; i++) pthread_create(ids + i, 0, work, 0);
    puts("ready");
    fflush(stdout);
    while (!over) usleep(10000);
    for (int i = 0; i < count; i++) pthread_join(ids[i], 0);
    printf("%.3f\\n", worst);
}
"""


def largest_gap(program, threads, command):
    with subprocess.Popen([program, threads], stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        time.sleep(0.2)
        if command:
            subprocess.run([word.replace('PID', str(process.pid)) for word in command], capture_output=True, check=False)
        else:
            time.sleep(0.1)
        process.terminate()
        return float(process.communicate()[0])


def main():
    program, threads, runs, result, *command = sys.argv[1:]
    gaps = [largest_gap(program, threads, command) for _ in range(int(runs))]
    pathlib.Path(result).write_text(f'{statistics.median(gaps)}\n', encoding='ascii')


if __name__ == '__main__':
    main()
