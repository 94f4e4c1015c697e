// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
/* Microseconds for a message: written, renamed into a bucket, claimed, read, removed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUCKET = 1024, SIZE = 192 };
static char bytes[SIZE], one[128], two[128];

static void must(int result) { if (result < 0) { perror("folder-queue.limit"); exit(1); } }

static void push(long number) {
  int file = open("member/new", O_WRONLY | O_CREAT | O_TRUNC, 0666);
  must(file);
  must(write(file, bytes, SIZE));
  close(file);
  if (number % BUCKET == 0) { sprintf(two, "waiting/%012ld", number / BUCKET); must(mkdir(two, 0777)); }
  sprintf(two, "waiting/%012ld/%019ld-9f0c2ab4d1e7", number / BUCKET, number);
  must(rename("member/new", two));
}

static void take(long number) {
  sprintf(one, "waiting/%012ld/%019ld-9f0c2ab4d1e7", number / BUCKET, number);
  sprintf(two, "member/%012ld.%019ld-9f0c2ab4d1e7", number / BUCKET, number);
  must(rename(one, two));
  int file = open(two, O_RDONLY);
  must(read(file, bytes, SIZE));
  close(file);
  must(unlink(two));
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **args) {
  if (count != 4) return 2;
  long waiting = atol(args[2]), pairs = atol(args[3]);
  must(chdir(args[1]));
  must(mkdir("waiting", 0777));
  must(mkdir("member", 0777));
  memset(bytes, 'x', SIZE);
  for (long i = 0; i < waiting; i++) push(i);
  double start = now();
  for (long i = 0; i < pairs; i++) { push(waiting + i); take(i); }
  printf("%f\n", (now() - start) * 1e6 / pairs);
}
