// Told in chapters/02-primitives-catalog/03-link.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char bytes[1 << 20];
static const char *value = "carol until 17:00, then nobody, and bob.";

static void must(long result) { if (result < 0) { perror("link.limit"); exit(1); } }

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void set(void) {
  must(symlink(value, "new"));
  must(rename("new", "register"));
}

static void deliver(void) {
  char box[16];
  int fd = open("own", O_WRONLY | O_CREAT | O_EXCL, 0666);
  must(fd);
  must(write(fd, bytes, sizeof bytes));
  close(fd);
  for (int i = 0; i < 8; i++) { sprintf(box, "box%d", i); must(link("own", box)); }
  for (int i = 0; i < 8; i++) { sprintf(box, "box%d", i); must(unlink(box)); }
  must(unlink("own"));
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[3]);
  char text[4096];
  must(chdir(argv[2]));
  set();
  double begin = seconds();
  for (int i = 0; i < count; i++) {
    if (argv[1][0] == 'r') must(readlink("register", text, sizeof text));
    if (argv[1][0] == 's') set();
    if (argv[1][0] == 'd') deliver();
  }
  printf("%f\n", (seconds() - begin) * 1e6 / count);
}
