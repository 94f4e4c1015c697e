// Told in chapters/03-patterns-and-idioms/18-semaphore.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[3]);
  char name[40];
  snprintf(name, sizeof name, "/semaphore-limit-%d", getpid());
  sem_t *semaphore = sem_open(name, O_CREAT, 0600, 8);
  if (semaphore == SEM_FAILED || sem_unlink(name) != 0) return 1;
  double begin = seconds();
  for (int i = 0; i < count; i++) {
    if (argv[1][0] == 'p') {
      if (sem_wait(semaphore) != 0 || sem_post(semaphore) != 0) return 1;
    } else {
      struct flock seat = { .l_type = F_WRLCK, .l_start = i % 8, .l_len = 1 };
      int fd = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (fd < 0 || fcntl(fd, F_OFD_SETLK, &seat) != 0 || close(fd) != 0) return 1;
    }
  }
  printf("%.0f\n", count / (seconds() - begin));
}
