// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char bytes[4096];

static void replace(const char *target, const char *hidden, int synced) {
  struct statx old, now;
  struct flock lock = { .l_type = F_WRLCK };
  int isNew = statx(AT_FDCWD, target, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &old) != 0;
  int fd = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isNew ? 0666 : old.stx_mode & 0777);
  if (fd < 0 || fcntl(fd, F_OFD_SETLK, &lock) != 0) exit(1);
  if (write(fd, bytes, sizeof bytes) != sizeof bytes) exit(1);
  if (!isNew && statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &now) != 0) exit(1);
  if (!isNew && now.stx_mode != old.stx_mode) fchmod(fd, old.stx_mode & 07777);
  if (synced && fsync(fd) != 0) exit(1);
  if (rename(hidden, target) != 0 || close(fd) != 0) exit(1);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[2]);
  char target[4000], hidden[4096];
  snprintf(target, sizeof target, "%s/target", argv[1]);
  double start = 0;
  memset(bytes, 'x', sizeof bytes);
  for (int i = -count / 10; i < count; i++) {
    if (i == 0) start = seconds();
    snprintf(hidden, sizeof hidden, "%s/.hidden-%d", argv[1], i);
    replace(target, hidden, strcmp(argv[3], "sync") == 0);
  }
  printf("%.1f\n", count / (seconds() - start));
}
