// Told in chapters/02-primitives-catalog/15-pseudo-terminal.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static int writes(const char *path, long bytes) {
  char block[4096];
  memset(block, 'x', sizeof block);
  for (unsigned i = 63; i < sizeof block; i += 64) block[i] = '\n';
  int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
  while (fd >= 0 && bytes > 0) {
    long left = (bytes - 1) % (long)sizeof block + 1;   // of the current block
    ssize_t count = write(fd, block + sizeof block - left, left);
    if (count <= 0) return 1;
    bytes -= count;
  }
  return fd < 0;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  long bytes = atol(argv[3]) << 20, got = 0;
  if (argv[1][0] == 'w') return writes(argv[2], bytes);
  const char *path = argv[2];
  int fd;
  if (argv[1][0] == 't') {
    struct termios raw;
    fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || grantpt(fd) || unlockpt(fd) || tcgetattr(fd, &raw)) return 1;
    cfmakeraw(&raw);
    if (tcsetattr(fd, TCSANOW, &raw)) return 1;
    path = ptsname(fd);
  } else {
    if (mkfifo(path, 0600) != 0 || (fd = open(path, O_RDWR | O_CLOEXEC)) < 0) return 1;
  }
  if (fork() == 0) return writes(path, bytes);
  char buffer[65536];
  double begin = 0;
  while (got < bytes) {
    ssize_t count = read(fd, buffer, sizeof buffer);
    if (count <= 0) return 1;
    if (begin == 0) begin = seconds();
    got += count;
  }
  printf("%.1f\n", bytes / 1048576.0 / (seconds() - begin));
  wait(NULL);
}
