/*
 * What this machine can do with nothing in the way: two threads, shared memory, the kernel's futex. Every pool's figures
 * stand beside these. Prints one line per limit: name, value, unit.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LINE 64
#define PING_PONGS 20000
#define SPIN_PING_PONGS 1000000
#define RING_SLOTS 4096
#define RING_ITEMS 20000000ull

/* Words that different threads write lie on lines of their own. */
static struct { _Alignas(LINE) _Atomic uint32_t word; char pad[LINE - 4]; } ping, pong;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void futex_wait(_Atomic uint32_t *word, uint32_t seen) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void pause_core(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Acquire pairs with the other side's release: what was written before the word is seen after it. */
static void await_parked(_Atomic uint32_t *word, uint32_t seen) {
  while (atomic_load_explicit(word, memory_order_acquire) == seen) futex_wait(word, seen);
}

static void await_spinning(_Atomic uint32_t *word, uint32_t seen) {
  while (atomic_load_explicit(word, memory_order_acquire) == seen) pause_core();
}

static void *answer_parked(void *unused) {
  for (uint32_t i = 0; i < PING_PONGS; i++) {
    await_parked(&ping.word, i);
    atomic_store_explicit(&pong.word, i + 1, memory_order_release);
    futex_wake(&pong.word);
  }
  return unused;
}

static void *answer_spinning(void *unused) {
  for (uint32_t i = 0; i < SPIN_PING_PONGS; i++) {
    await_spinning(&ping.word, i);
    atomic_store_explicit(&pong.word, i + 1, memory_order_release);
  }
  return unused;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void measure_ping_pong(const char *name, uint32_t rounds, int parks, void *(*answer)(void *)) {
  double *times = malloc(rounds * sizeof *times);
  pthread_t other;
  if (times == NULL) exit(1);
  atomic_store(&ping.word, 0);
  atomic_store(&pong.word, 0);
  if (pthread_create(&other, NULL, answer, NULL) != 0) exit(1);
  for (uint32_t i = 0; i < rounds; i++) {
    double began = seconds();
    atomic_store_explicit(&ping.word, i + 1, memory_order_release);
    if (parks) {
      futex_wake(&ping.word);
      await_parked(&pong.word, i);
    } else {
      await_spinning(&pong.word, i);
    }
    times[i] = seconds() - began;
  }
  pthread_join(other, NULL);
  qsort(times, rounds, sizeof *times, by_value);
  printf("%s p50\t%.3f\tus\n", name, times[rounds / 2] * 1e6);
  printf("%s p99\t%.3f\tus\n", name, times[(size_t)(rounds * 0.99)] * 1e6);
  free(times);
}

/* One producer, one consumer, items of 16 bytes. Each side keeps a copy of the other's position and re-reads it only when it must. */
typedef struct { uint64_t id, value; } item;
static _Alignas(LINE) item ring[RING_SLOTS];
static struct { _Alignas(LINE) _Atomic uint64_t at; char pad[LINE - 8]; } head, tail;

static void *produce(void *unused) {
  uint64_t consumed = 0;
  for (uint64_t i = 0; i < RING_ITEMS; i++) {
    while (i - consumed == RING_SLOTS) {
      consumed = atomic_load_explicit(&tail.at, memory_order_acquire);
      if (i - consumed == RING_SLOTS) pause_core();
    }
    ring[i % RING_SLOTS] = (item){i, i + 1};
    atomic_store_explicit(&head.at, i + 1, memory_order_release);
  }
  return unused;
}

static void measure_ring(void) {
  pthread_t producer;
  uint64_t produced = 0, sum = 0;
  double began = seconds();
  if (pthread_create(&producer, NULL, produce, NULL) != 0) exit(1);
  for (uint64_t i = 0; i < RING_ITEMS; i++) {
    while (i == produced) {
      produced = atomic_load_explicit(&head.at, memory_order_acquire);
      if (i == produced) pause_core();
    }
    sum += ring[i % RING_SLOTS].value;
    atomic_store_explicit(&tail.at, i + 1, memory_order_release);
  }
  pthread_join(producer, NULL);
  if (sum != RING_ITEMS * (RING_ITEMS + 1) / 2) exit(1);
  printf("ring of 16-byte items, one way\t%.2f\tM items/s\n", (double)RING_ITEMS / (seconds() - began) / 1e6);
}

static void measure_copy(const char *name, size_t size, int rounds) {
  char *from = malloc(size), *to = malloc(size);
  if (from == NULL || to == NULL) exit(1);
  memset(from, 1, size);
  memset(to, 2, size);
  double began = seconds();
  for (int i = 0; i < rounds; i++) {
    from[i % (int)size]++;
    memcpy(to, from, size);
    /* The compiler must believe that the copy is read. */
    __asm__ volatile("" : : "r"(to) : "memory");
  }
  printf("%s\t%.2f\tGB/s\n", name, (double)size * rounds / (seconds() - began) / 1e9);
  free(from);
  free(to);
}

int main(void) {
  measure_ping_pong("futex round trip, parked", PING_PONGS, 1, answer_parked);
  /* On one core spinning only waits for the scheduler to take the core away. */
  if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
    measure_ping_pong("round trip, spinning", SPIN_PING_PONGS, 0, answer_spinning);
    measure_ring();
  }
  measure_copy("memcpy of 64 KiB", 64 << 10, 100000);
  measure_copy("memcpy of 1 MiB", 1 << 20, 5000);
  return 0;
}
