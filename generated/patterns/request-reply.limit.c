// Told in chapters/03-patterns-and-idioms/23-request-reply.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int count = atoi(argv[1]), fds[2];
  char bytes[20] = "postage to Oslo, 2k";
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    close(fds[0]);
    while (read(fds[1], bytes, sizeof bytes) > 0) if (write(fds[1], bytes, sizeof bytes) < 0) break;
    _exit(0);
  }
  close(fds[1]);
  double begin = seconds();
  for (int i = 0; i < count; i++) {
    if (write(fds[0], bytes, sizeof bytes) < 0 || read(fds[0], bytes, sizeof bytes) <= 0) return 1;
  }
  printf("%.0f\n", count / (seconds() - begin));
  close(fds[0]);
  waitpid(child, NULL, 0);
}
