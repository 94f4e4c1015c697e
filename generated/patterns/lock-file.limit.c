// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void set(int fd, int command, int type) {
  struct flock lock = { .l_type = type };
  if (fcntl(fd, command, &lock) != 0) exit(1);
}

static int opened(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) exit(1);
  return fd;
}

/** Passes the lock between two processes: who gets it prints the µs since the other let go. */
static void handOver(const char *path, int count) {
  double *left = (double *)aligned_alloc(4096, 4096);
  int memory = opened("/dev/shm/lock-file-limit");
  if (left == NULL || ftruncate(memory, 4096) != 0) exit(1);
  pid_t child = fork();
  for (int i = 0; i < count; i++) {
    int fd = opened(path);
    double now, then = 0;
    set(fd, F_OFD_SETLKW, F_WRLCK);
    now = seconds();
    if (pread(memory, &then, sizeof then, 0) < 0) exit(1);
    if (child != 0 && i > count / 10) printf("%.2f\n", (now - then) * 1e6);
    usleep(500);
    now = seconds();
    if (pwrite(memory, &now, sizeof now, 0) < 0) exit(1);
    close(fd);
    usleep(200);
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[3]), fd = opened(argv[2]);
  if (strcmp(argv[1], "handover") == 0) return handOver(argv[2], count), 0;
  double begin = seconds();
  for (int i = 0; i < count; i++) {
    if (argv[1][0] == 'p') { int one = opened(argv[2]); set(one, F_OFD_SETLK, F_WRLCK); close(one); }
    if (argv[1][0] == 'o') { set(fd, F_OFD_SETLK, F_WRLCK); set(fd, F_OFD_SETLK, F_UNLCK); }
    if (argv[1][0] == 'f' && (flock(fd, LOCK_EX | LOCK_NB) != 0 || flock(fd, LOCK_UN) != 0)) return 1;
  }
  printf("%.0f\n", count / (seconds() - begin));
}
