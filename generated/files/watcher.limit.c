// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

static int queue;
static char buffer[65536];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void add(const char *path) {
  inotify_add_watch(queue, path, IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVE | IN_ATTRIB);
  DIR *folder = opendir(path);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    char child[4096];
    snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
    add(child);
  }
  closedir(folder);
}

int main(int count, char **arguments) {
  const char *root = arguments[1];
  int writes = count > 2 ? atoi(arguments[2]) : 200;
  double start = now();
  queue = inotify_init1(IN_CLOEXEC);
  add(root);
  printf("%.4f\n", now() - start);
  for (int i = 0; i < writes; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%d/%d/f%d", root, i % 200, i % 10, i % 10);
    start = now();
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || write(file, "text", 4) != 4) return 1;
    close(file);
    if (read(queue, buffer, sizeof buffer) <= 0) return 1;
    printf("%.4f\n", now() - start);
    usleep(1000);
  }
}
