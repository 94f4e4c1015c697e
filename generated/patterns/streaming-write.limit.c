// Told in chapters/03-patterns-and-idioms/04-streaming-write.md. Edit it there, or edit here and stitch.
// Writes `total` bytes in pieces of 64 KiB with an fdatasync every `every` bytes: "whole longest", in milliseconds.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  static char piece[65536];
  if (argc != 4) return 2;
  long total = atol(argv[2]), every = atol(argv[3]);
  int fd = open(argv[1], O_WRONLY | O_CREAT, 0666);
  memset(piece, 'x', sizeof piece);
  double start = now(), longest = 0;
  for (long done = 0; done < total;) {
    double before = now();
    if (write(fd, piece, sizeof piece) != sizeof piece) return 1;
    done += sizeof piece;
    if (done % every == 0 && fdatasync(fd) != 0) return 1;
    if (now() - before > longest) longest = now() - before;
  }
  if (fsync(fd) != 0) return 1;
  printf("%f %f\n", now() - start, longest);
  return 0;
}
