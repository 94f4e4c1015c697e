// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void lock(int fd, int command, off_t start) {
  struct flock range = { .l_type = F_WRLCK, .l_start = start, .l_len = 64 };
  if (fcntl(fd, command, &range) != 0) exit(1);
}

static void grant(const char *path, int isDurable) {
  char line[64];
  struct stat stat;
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0 || fstat(fd, &stat) != 0) exit(1);
  memset(line, ' ', sizeof line);
  lock(fd, F_OFD_SETLK, stat.st_size);
  if (pwrite(fd, line, sizeof line, stat.st_size) != sizeof line) exit(1);
  if (isDurable && fdatasync(fd) != 0) exit(1);
  if (pwrite(fd, line, sizeof line, stat.st_size) != sizeof line) exit(1);
  close(fd);
}

/** Prints the µs from the kill of a process that holds a lock to its lock here. */
static void follow(const char *path) {
  int ready[2];
  if (pipe(ready) != 0) exit(1);
  pid_t child = fork();
  int fd = open(path, O_RDWR | O_CREAT, 0666);
  if (child == 0) {
    lock(fd, F_OFD_SETLK, 0);
    if (write(ready[1], "x", 1) != 1) exit(1);
    for (;;) pause();
  }
  char byte;
  if (read(ready[0], &byte, 1) != 1) exit(1);
  double begin = seconds();
  kill(child, SIGKILL);
  lock(fd, F_OFD_SETLKW, 0);
  printf("%.2f\n", (seconds() - begin) * 1e6);
  waitpid(child, NULL, 0);
  close(fd);
  close(ready[0]);
  close(ready[1]);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[3]);
  double begin = seconds();
  for (int i = 0; i < count; i++) {
    if (argv[1][0] == 'f') follow(argv[2]);
    else grant(argv[2], argv[1][0] == 'd');
  }
  if (argv[1][0] != 'f') printf("%.0f\n", count / (seconds() - begin));
}
