// Told in chapters/02-primitives-catalog/17-signal.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

/* Throws each signal back to `to`, as it came: with a value or without. */
static int echo(pid_t to, int number, const sigset_t *set) {
  union sigval value = { .sival_int = 1 };
  for (;;) {
    if (sigwaitinfo(set, NULL) != number) return 1;
    if ((number < SIGRTMIN ? kill(to, number) : sigqueue(to, number, value)) != 0) return 1;
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int isEcho = argv[1][0] == 'e', number = isEcho ? atoi(argv[3]) : SIGRTMIN, count = atoi(argv[3]);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, NULL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (isEcho) {
    if (write(1, "ready", 5) != 5) return 1;
    return echo(atoi(argv[2]), number, &set);
  }
  pid_t self = getpid(), child = fork();
  if (child == 0) return echo(self, number, &set);
  union sigval value = { .sival_int = 1 };
  double begin = seconds();
  for (int i = 0; i < count; i++) {
    if (sigqueue(child, number, value) != 0 || sigwaitinfo(&set, NULL) != number) return 1;
  }
  printf("%.2f\n", (seconds() - begin) / count * 1e6);
  fflush(stdout);
  kill(child, SIGKILL);
  wait(NULL);
}
