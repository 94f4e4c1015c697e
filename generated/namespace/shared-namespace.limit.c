// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The kernel's own calls, for this thread only; the C library's would ask every thread. */
static int become(unsigned uid, unsigned gid) {
  return syscall(SYS_setgroups, 0, NULL) | syscall(SYS_setresgid, -1, gid, -1) | syscall(SYS_setresuid, -1, uid, -1);
}
static int comeBack(void) { return syscall(SYS_setresuid, -1, 0, -1) | become(0, 0); }

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[3]), each = argv[1][0] == 'a';
  if (!each && (setgroups(0, NULL) || setgid(1000) || setuid(1000))) return 1;
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < count; i++) {
    if (each && become(1000, 1000)) return 1;
    int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || close(fd) != 0) return 1;
    if (each && comeBack()) return 1;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%f\n", ((end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec)) / 1e3 / count);
}
