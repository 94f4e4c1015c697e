// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[3]), what = argv[1][0], done = 0;
  int fd = open(argv[2], what == 'a' ? O_WRONLY | O_CREAT | O_APPEND : O_RDONLY, 0666);
  if (fd < 0) return 1;
  char record[100], *text = NULL;
  size_t room = 0;
  memset(record, 'x', 99);
  record[99] = '\n';
  FILE *lines = what == 'f' ? fdopen(fd, "r") : NULL;
  double begin = seconds();
  if (what == 'a') while (done < count && write(fd, record, 100) == 100) done++;
  if (what == 't') while (read(fd, record, 100) == 100) done++;
  if (what == 'f') while (getline(&text, &room, lines) == 100) done++;
  if (done != count) return 1;
  printf("%.0f\n", count / (seconds() - begin));
}
