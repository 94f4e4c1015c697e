// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
// Random reads of 4 KiB: a file, "uring" or "pread", how many. Prints reads a second.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 16384, DEPTH = 64 };
static char buffers[DEPTH][PAGE];

static off_t position(void) {
  static unsigned seed = 1;
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return (off_t)((seed >> 8) % PAGES) * PAGE;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void with_uring(int file, long count) {
  struct io_uring_params p = {0};
  int ring = syscall(SYS_io_uring_setup, DEPTH, &p);
  if (ring < 0) exit(1);
  char *queues = mmap(0, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe) + p.sq_off.array
    + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
  struct io_uring_sqe *entries = mmap(0, p.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE,
    MAP_SHARED, ring, IORING_OFF_SQES);
  struct io_uring_cqe *answers = (void *)(queues + p.cq_off.cqes);
  unsigned *array = (void *)(queues + p.sq_off.array), *sent = (void *)(queues + p.sq_off.tail);
  unsigned *taken = (void *)(queues + p.cq_off.head), *made = (void *)(queues + p.cq_off.tail);
  int idle[DEPTH], idlers = DEPTH;
  for (int i = 0; i < DEPTH; i++) array[i] = idle[i] = i;
  for (long done = 0, begun = 0; done < count;) {
    unsigned tail = *sent, fresh = 0;
    for (; idlers > 0 && begun < count; begun++, fresh++, tail++) {
      int lane = idle[--idlers];
      entries[tail & (p.sq_entries - 1)] = (struct io_uring_sqe){ .opcode = IORING_OP_READ, .fd = file,
        .addr = (unsigned long)buffers[lane], .len = PAGE, .off = position(), .user_data = lane };
    }
    __atomic_store_n(sent, tail, __ATOMIC_RELEASE);
    syscall(SYS_io_uring_enter, ring, fresh, 1, IORING_ENTER_GETEVENTS, 0, 0);
    unsigned head = *taken, end = __atomic_load_n(made, __ATOMIC_ACQUIRE);
    for (; head != end; head++, done++) {
      if (answers[head & (p.cq_entries - 1)].res != PAGE) exit(2);
      idle[idlers++] = answers[head & (p.cq_entries - 1)].user_data;
    }
    __atomic_store_n(taken, head, __ATOMIC_RELEASE);
  }
}

int main(int argc, char **argv) {
  if (argc < 4) return 1;
  int file = open(argv[1], O_RDONLY);
  long count = atol(argv[3]);
  for (int warm = 1; warm >= 0; warm--) {
    double begin = now();
    if (strcmp(argv[2], "uring") == 0) with_uring(file, count);
    else for (long i = 0; i < count; i++) if (pread(file, buffers[0], PAGE, position()) != PAGE) return 2;
    if (!warm) printf("%.0f\n", count / (now() - begin));
  }
}
