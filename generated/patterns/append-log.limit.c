// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
/* How many 256-byte records a second: the batch in one write, and one fdatasync. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RECORD = 256 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **args) {
  if (count != 4) return 2;
  long batches = atol(args[2]), size = atol(args[3]) * RECORD;
  char *bytes = malloc(size);
  memset(bytes, 'r', size);
  if (chdir(args[1]) != 0) return 1;
  int file = open("limit", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  double start = 0;
  for (long i = -batches / 10; i < batches; i++) {
    if (i == 0) start = now();
    if (write(file, bytes, size) != size || fdatasync(file) != 0) return 1;
  }
  printf("%f\n", batches * atol(args[3]) / (now() - start));
  return 0;
}
