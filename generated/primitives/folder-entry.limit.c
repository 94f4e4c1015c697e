// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <dirent.h>
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

static int list(const char *path) {
  DIR *folder = opendir(path);
  int count = 0;
  if (folder == NULL) exit(1);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) if (entry->d_name[0] != '.') count++;
  closedir(folder);
  return count;
}


int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int rounds = atoi(argv[3]), count = 0;
  char path[4096];
  double begin = seconds();
  for (int i = 0; i < rounds; i++) {
    if (argv[1][0] == 'l') { count += list(argv[2]); continue; }
    snprintf(path, sizeof path, "%s/note %d", argv[2], i);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 || close(fd) != 0 || unlink(path) != 0 || ++count < i) return 1;
  }
  printf("%.0f\n", count / (seconds() - begin));
}
