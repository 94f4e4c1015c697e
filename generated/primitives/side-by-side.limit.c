// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const char *folder;
static int side, out, back, pairs[4];
static size_t size;
static pid_t other;

static long must(long result, const char *what) {
  if (result < 0) {
    perror(what);
    exit(1);
  }
  return result;
}

static const char *at(const char *kind, int number) {
  static char paths[4][4096];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, 4096, "%s/%s%d", folder, kind, number);
  return path;
}

static void give_bytes(const char *note) {
  for (size_t done = 0; done < size;) done += must(write(out, note + done, size - done), "write");
}

static void take_bytes(char *into) {
  for (size_t done = 0; done < size;) done += must(read(back, into + done, size - done), "read");
}

static void make_fifos(void) {
  for (int i = 0; i < 2; i++) must(mkfifo(at("fifo", i), 0600), "mkfifo");
}
static void open_fifos(void) {
  out = must(open(at("fifo", 1 - side), O_RDWR), "open");
  back = must(open(at("fifo", side), O_RDWR), "open");
}

static void make_stream(void) { must(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs), "socketpair"); }
static void make_datagram(void) { must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pairs), "socketpair"); }
static void make_packets(void) { must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pairs), "socketpair"); }
static void open_pair(void) { out = back = pairs[side]; }

static void make_terminal(void) {
  int unlocked = 0, number;
  pairs[0] = must(open("/dev/ptmx", O_RDWR | O_NOCTTY), "ptmx");
  must(ioctl(pairs[0], TIOCSPTLCK, &unlocked), "unlock");
  must(ioctl(pairs[0], TIOCGPTN, &number), "number");
  char name[40];
  snprintf(name, sizeof name, "/dev/pts/%d", number);
  pairs[1] = must(open(name, O_RDWR | O_NOCTTY), name);
  struct termios raw;
  must(tcgetattr(pairs[1], &raw), "tcgetattr");
  cfmakeraw(&raw);
  must(tcsetattr(pairs[1], TCSANOW, &raw), "tcsetattr");
}

static void make_pipes(void) {
  int there[2], here[2];
  must(pipe(there), "pipe");
  must(pipe(here), "pipe");
  memcpy(pairs, (int[]){ there[1], here[0], here[1], there[0] }, sizeof pairs);
}
static void open_pipes(void) {
  out = pairs[2 * side];
  back = pairs[2 * side + 1];
}
static void lend(const char *note) {
  for (size_t done = 0; done < size;) {
    struct iovec piece = { (char *)note + done, size - done };
    done += must(vmsplice(out, &piece, 1, 0), "vmsplice");
  }
}

static const size_t queue_note = 8192;
static mqd_t queues[2];
static void make_queues(void) {
  struct mq_attr attributes = { .mq_maxmsg = 10, .mq_msgsize = queue_note };
  for (int i = 0; i < 2; i++) {
    char name[60];
    snprintf(name, sizeof name, "/side-by-side-%d-%d", getpid(), i);
    queues[i] = must(mq_open(name, O_RDWR | O_CREAT, 0600, &attributes), "mq_open");
    must(mq_unlink(name), "mq_unlink");
  }
}
static void nothing(void) {}
static void give_queue(const char *note) {
  for (size_t done = 0; done < size; done += queue_note) {
    size_t length = size - done < queue_note ? size - done : queue_note;
    must(mq_send(queues[1 - side], note + done, length, 0), "mq_send");
  }
}
static void take_queue(char *into) {
  char piece[8192];
  for (size_t done = 0; done < size; done += queue_note) {
    memcpy(into + done, piece, must(mq_receive(queues[side], piece, queue_note, NULL), "mq_receive"));
  }
}

static void give_file(int fd, const char *note, size_t length) {
  struct iovec piece = { (char *)note, length };
  char control[CMSG_SPACE(sizeof fd)] = { 0 };
  struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1,
    .msg_control = control, .msg_controllen = sizeof control };
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(head), &fd, sizeof fd);
  must(sendmsg(out, &message, 0), "sendmsg");
  close(fd);
}
static int take_file(char *note, size_t length) {
  struct iovec piece = { note, length };
  char control[CMSG_SPACE(sizeof(int))];
  struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1,
    .msg_control = control, .msg_controllen = sizeof control };
  must(recvmsg(back, &message, MSG_CMSG_CLOEXEC), "recvmsg");
  int fd;
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  return fd;
}

static void give_passed(const char *note) {
  give_file(must(open("/dev/null", O_RDWR | O_CLOEXEC), "open"), note, size);
}
static void take_passed(char *into) { close(take_file(into, size)); }

static void give_sealed(const char *note) {
  int fd = must(memfd_create("note", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");
  must(write(fd, note, size), "write");
  must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL), "seal");
  give_file(fd, "", 1);
}
static void take_sealed(char *into) {
  char byte;
  int fd = take_file(&byte, 1);
  if ((must(fcntl(fd, F_GET_SEALS), "seals") & F_SEAL_WRITE) == 0) exit(1);
  char *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) must(-1, "mmap");
  memcpy(into, map, size);
  munmap(map, size);
  close(fd);
}

static void make_counts(void) { for (int i = 0; i < 2; i++) pairs[i] = must(eventfd(0, 0), "eventfd"); }
static void ring(const char *note) {
  (void)note;
  must(eventfd_write(pairs[1 - side], 1), "eventfd_write");
}
static void hear(char *into) {
  (void)into;
  eventfd_t count;
  must(eventfd_read(pairs[side], &count), "eventfd_read");
}

static int locks, step;
static void lock(int number, int type, const char *what) {
  struct flock one = { .l_type = type, .l_start = number % 3, .l_len = 1 };
  must(fcntl(locks, F_OFD_SETLKW, &one), what);
}
static void open_locks(void) {
  locks = must(open(at("locks", 0), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
  step = side;
  lock(step + 1, F_WRLCK, "lock");
  if (side == 0) lock(step, F_WRLCK, "lock");
}
static void let_go(const char *note) {
  (void)note;
  lock(step + 1, F_UNLCK, "unlock");
  step += 2;
}
static void take_turn(char *into) {
  (void)into;
  lock(step, F_WRLCK, "lock");
}

/* Side 0 opens; side 1 has a lease on the file, lets the other in, and takes it again. */
static int leased;
static sigset_t asked;
static void hold_lease(void) {
  if (side == 0) return;
  sigemptyset(&asked);
  sigaddset(&asked, SIGRTMIN);
  must(sigprocmask(SIG_BLOCK, &asked, NULL), "sigprocmask");
  leased = must(open(at("leased", 0), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
  must(fcntl(leased, F_SETSIG, SIGRTMIN), "F_SETSIG");
  must(fcntl(leased, F_SETLEASE, F_WRLCK), "F_SETLEASE");
}
static void give_lease(const char *note) {
  if (side == 0) {
    close(must(open(at("leased", 0), O_RDONLY | O_CLOEXEC), "open"));
    return;
  }
  must(fcntl(leased, F_SETSIG, SIGRTMIN), "F_SETSIG");   /* the last one went with the lease */
  while (fcntl(leased, F_SETLEASE, F_WRLCK) < 0) if (errno != EAGAIN) must(-1, "F_SETLEASE");
  ring(note);
}
static void take_lease(char *into) {
  if (side == 0) return hear(into);
  must(sigwaitinfo(&asked, NULL), "sigwaitinfo");
  must(fcntl(leased, F_SETLEASE, F_UNLCK), "F_SETLEASE");
}

static sigset_t usr2;
static void block_signal(void) {
  sigemptyset(&usr2);
  sigaddset(&usr2, SIGUSR2);
  must(sigprocmask(SIG_BLOCK, &usr2, NULL), "sigprocmask");
}
static void send_signal(const char *note) {
  (void)note;
  must(kill(other, SIGUSR2), "kill");
}
static void take_signal(char *into) {
  (void)into;
  must(sigwaitinfo(&usr2, NULL), "sigwaitinfo");
}

/* Events of one watch, one at a time, as inotify(7) packs them. */
static int watch;
static _Alignas(struct inotify_event) char events[65536];
static ssize_t filled, next;
static void begin_watch(const char *path, uint32_t mask) {
  watch = must(inotify_init1(IN_CLOEXEC), "inotify_init1");
  must(inotify_add_watch(watch, path, mask), path);
  filled = next = 0;
}
static const char *event(void) {
  if (next >= filled) {
    filled = must(read(watch, events, sizeof events), "read events");
    next = 0;
  }
  const struct inotify_event *one = (void *)(events + next);
  next += sizeof *one + one->len;
  return one->len > 0 ? one->name : "";
}

static char ball[4096];
static int given;
static void make_folders(void) {
  for (int i = 0; i < 2; i++) must(mkdir(at("names", i), 0700), "mkdir");
  close(must(open(at("ball", 0), O_RDWR | O_CREAT, 0600), "open"));
}
static void watch_names(void) {
  strcpy(ball, at("ball", 0));
  begin_watch(at("names", side), IN_CREATE | IN_MOVED_TO);
}

static const char *name_for(const char *note) {
  static char path[8192];
  snprintf(path, sizeof path, "%s/%012d%.*s", at("names", 1 - side), given++, (int)size, note);
  return path;
}
static void give_entry(const char *note) {
  close(must(open(name_for(note), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open"));
}
static void give_link(const char *note) { must(link(at("ball", 0), name_for(note)), "link"); }
static void give_rename(const char *note) { must(rename(ball, name_for(note)), "rename"); }
static void take_name(char *into) {
  const char *name = event();
  memcpy(into, name + 12, size);
  snprintf(ball, sizeof ball, "%s/%s", at("names", side), name);
}
static void take_and_unlink(char *into) {
  take_name(into);
  must(unlink(ball), "unlink");
}

static void watch_fanotify(void) {
  unsigned report = FAN_CLOEXEC | FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME;
  watch = must(fanotify_init(report, O_RDONLY), "fanotify_init");
  must(fanotify_mark(watch, FAN_MARK_ADD, FAN_CREATE | FAN_EVENT_ON_CHILD, AT_FDCWD, at("names", side)),
    "fanotify_mark");
  filled = next = 0;
}
/* After the event comes its record: a filesystem, a handle, and behind the handle the name. */
static void take_told(char *into) {
  if (next >= filled) {
    filled = must(read(watch, events, sizeof events), "read events");
    next = 0;
  }
  const struct fanotify_event_metadata *one = (void *)(events + next);
  const struct fanotify_event_info_fid *record = (void *)(one + 1);
  const struct file_handle *handle = (void *)record->handle;
  const char *name = (const char *)handle->f_handle + handle->handle_bytes;
  next += one->event_len;
  memcpy(into, name + 12, size);
  snprintf(ball, sizeof ball, "%s/%s", at("names", side), name);
  must(unlink(ball), "unlink");
}

static off_t position;
static void open_files(uint32_t mask) {
  out = must(open(at("file", 1 - side), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
  back = must(open(at("file", side), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
  begin_watch(at("file", side), mask);
}
static void watch_bytes(void) { open_files(IN_MODIFY); }
static void watch_attribute(void) { open_files(IN_ATTRIB); }
static void take_record(char *into) {
  struct stat now;
  while (must(fstat(back, &now), "fstat"), now.st_size < position + (off_t)size) {
    must(read(watch, events, sizeof events), "read events");
  }
  position += must(pread(back, into, size, position), "pread");
}
static void give_attribute(const char *note) {
  must(fsetxattr(out, "user.note", note, size, XATTR_CREATE), "fsetxattr");
}
static void take_attribute(char *into) {
  while (fgetxattr(back, "user.note", into, size) < 0) {
    if (errno != ENODATA) must(-1, "fgetxattr");
    must(read(watch, events, sizeof events), "read events");
  }
  must(fremovexattr(back, "user.note"), "fremovexattr");
}

enum { room = 1 << 20 };
struct ring { _Atomic uint32_t in; char pad[60]; _Atomic uint32_t taken; char rest[4028]; char bytes[room]; };
static struct ring *rings;
static void map_rings(void) {
  int fd = must(open(at("rings", 0), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
  must(ftruncate(fd, 2 * sizeof *rings), "ftruncate");
  rings = mmap(NULL, 2 * sizeof *rings, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (rings == MAP_FAILED) must(-1, "mmap");
}
static void look_again(int *looks) {
  if (++*looks % 2000 == 0) sched_yield();
}
static void put(const char *note) {
  struct ring *to = &rings[1 - side];
  uint32_t end = atomic_load(&to->in);
  for (int looks = 0; end - atomic_load(&to->taken) + size > room;) look_again(&looks);
  memcpy(to->bytes + end % room, note, size);
  atomic_store(&to->in, end + size);
}
static void take(char *into) {
  struct ring *from = &rings[side];
  uint32_t begin = atomic_load(&from->taken);
  for (int looks = 0; atomic_load(&from->in) - begin < size;) look_again(&looks);
  memcpy(into, from->bytes + begin % room, size);
  atomic_store(&from->taken, begin + size);
}

static const struct way {
  const char *name;
  void (*make)(void), (*open)(void), (*give)(const char *), (*take)(char *);
} ways[] = {
  { "FIFO", make_fifos, open_fifos, give_bytes, take_bytes },
  { "stream socket", make_stream, open_pair, give_bytes, take_bytes },
  { "datagram socket", make_datagram, open_pair, give_bytes, take_bytes },
  { "seqpacket socket", make_packets, open_pair, give_bytes, take_bytes },
  { "message queue", make_queues, nothing, give_queue, take_queue },

  { "pseudo-terminal", make_terminal, open_pair, give_bytes, take_bytes },
  { "lent page", make_pipes, open_pipes, lend, take_bytes },
  { "passed descriptor", make_packets, open_pair, give_passed, take_passed },
  { "sealed memfd", make_packets, open_pair, give_sealed, take_sealed },
  { "eventfd", make_counts, nothing, ring, hear },
  { "file lock", nothing, open_locks, let_go, take_turn },
  { "lease", make_counts, hold_lease, give_lease, take_lease },
  { "signal", block_signal, nothing, send_signal, take_signal },
  { "regular file", nothing, watch_bytes, give_bytes, take_record },
  { "folder entry", make_folders, watch_names, give_entry, take_and_unlink },
  { "fanotify", make_folders, watch_fanotify, give_entry, take_told },
  { "hard link", make_folders, watch_names, give_link, take_and_unlink },
  { "rename", make_folders, watch_names, give_rename, take_name },
  { "extended attribute", nothing, watch_attribute, give_attribute, take_attribute },
  { "memory map", nothing, map_rings, put, take },
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}
static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
static void say_median(double *seconds, int count) {
  qsort(seconds, count, sizeof *seconds, compare);
  printf("%.3f\n", seconds[count / 2] * 1e6);
}

/* From the signal to the end, as poll(2) on the pidfd tells it. */
static void endings(int count) {
  double *times = calloc(count, sizeof *times);
  for (int i = 0; i < count; i++) {
    pid_t child;
    if (posix_spawnp(&child, "sleep", NULL, NULL, (char *[]){ "sleep", "60", NULL }, environ) != 0) exit(1);
    struct pollfd end = { .fd = must(syscall(SYS_pidfd_open, child, 0), "pidfd_open"), .events = POLLIN };
    double begin = now();
    must(syscall(SYS_pidfd_send_signal, end.fd, SIGKILL, NULL, 0), "pidfd_send_signal");
    must(poll(&end, 1, -1), "poll");
    times[i] = now() - begin;
    close(end.fd);
    waitpid(child, NULL, 0);
  }
  say_median(times, count);
}

static cpu_set_t allowed;
static const char *place;

/* On the first of the processors that it may use, or on the second. */
static void keep_to(int number) {
  cpu_set_t own;
  CPU_ZERO(&own);
  int wanted = strcmp(place, "apart") == 0 ? number % CPU_COUNT(&allowed) : 0, processor = 0;
  for (;; processor++) if (CPU_ISSET(processor, &allowed) && wanted-- == 0) break;
  CPU_SET(processor, &own);
  must(sched_setaffinity(0, sizeof own, &own), "sched_setaffinity");
}

static void second_side(const struct way *way, int echoes, int count, int ready, char *note) {
  other = getppid();
  side = 1;
  keep_to(1);
  way->open();
  must(write(ready, "r", 1), "ready");
  for (int i = 0; i < count; i++) {
    way->take(note);
    if (echoes) way->give(note);
  }
  must(write(ready, "d", 1), "done");
  exit(0);
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;   /* way, echo or swallow, folder, size, count, apart or together */
  int echoes = strcmp(argv[2], "echo") == 0, count = atoi(argv[5]), words[2];
  if (strcmp(argv[1], "pidfd") == 0) return endings(count), 0;
  folder = argv[3];
  size = atoi(argv[4]);
  place = argv[6];
  must(sched_getaffinity(0, sizeof allowed, &allowed), "sched_getaffinity");
  const struct way *way = ways;
  while (strcmp(way->name, argv[1]) != 0) if (++way == ways + sizeof ways / sizeof *ways) return 2;
  char *note = aligned_alloc(4096, (size + 4096) / 4096 * 4096), word;
  double *times = calloc(count, sizeof *times);
  memset(note, 'x', size);
  must(pipe(words), "pipe");
  way->make();
  way->open();
  if ((other = must(fork(), "fork")) == 0) second_side(way, echoes, count, words[1], note);
  keep_to(0);
  close(words[1]);
  if (read(words[0], &word, 1) != 1) return 1;
  double begin = now();
  for (int i = 0; i < count; i++) {
    double sent = now();
    way->give(note);
    if (!echoes) continue;
    way->take(note);
    times[i] = now() - sent;
  }
  if (echoes) say_median(times, count);
  if (read(words[0], &word, 1) != 1) return 1;   /* the child died: it has said why */
  if (!echoes) printf("%.9f\n", now() - begin);
  waitpid(other, NULL, 0);
}
