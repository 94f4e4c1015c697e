// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
/* walk.limit.c make PATH FILES: a tree of FILES files, 100 to a folder. walk.limit.c walk PATH: its entries, and seconds. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int make(const char *root, int files)
{
    char name[4200];
    if (mkdir(root, 0755)) return 1;
    for (int folder = 0; folder < files / 100; folder++) {
        snprintf(name, sizeof name, "%s/folder-%03d", root, folder / 100);
        if (folder % 100 == 0 && mkdir(name, 0755)) return 1;
        snprintf(name, sizeof name, "%s/folder-%03d/folder-%03d", root, folder / 100, folder % 100);
        if (mkdir(name, 0755)) return 1;
        int at = open(name, O_RDONLY | O_DIRECTORY);
        if (at < 0) return 1;
        close(openat(at, "file-00000.txt", O_CREAT | O_WRONLY, 0644));
        for (int file = 1; file < 100; file++) {
            snprintf(name, sizeof name, "file-%05d.txt", file);
            if (linkat(at, "file-00000.txt", at, name, 0)) return 1;
        }
        close(at);
    }
    return 0;
}

struct entry { unsigned long ino; long offset; unsigned short length; unsigned char type; char name[]; };
static long count;

static void walk(int at)
{
    char *records = malloc(32768), *folders = NULL;
    size_t used = 0;
    for (long size; (size = syscall(SYS_getdents64, at, records, 32768)) > 0;) {
        for (long i = 0; i < size;) {
            struct entry *entry = (void *)(records + i);
            i += entry->length;
            if (!strcmp(entry->name, ".") || !strcmp(entry->name, "..")) continue;
            count++;
            if (entry->type != 4) continue;
            size_t length = strlen(entry->name) + 1;
            folders = realloc(folders, used + length);
            memcpy(folders + used, entry->name, length);
            used += length;
        }
    }
    free(records);
    for (size_t i = 0; i < used; i += strlen(folders + i) + 1) {
        int below = openat(at, folders + i, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (below < 0) continue;
        walk(below);
        close(below);
    }
    free(folders);
}

int main(int argc, char **argv)
{
    struct timespec start, end;
    if (argc == 4) return make(argv[2], atoi(argv[3]));
    int top = argc == 3 ? open(argv[2], O_RDONLY | O_DIRECTORY) : -1;
    if (top < 0) return 1;
    clock_gettime(CLOCK_MONOTONIC, &start);
    walk(top);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%ld %f\n", count, end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9);
    return 0;
}
