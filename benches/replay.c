/* The server of the benchmarks: answers each request with what the mock answered to one like it, with the id of the
 * request in its place. It costs little, so that the client is the limit, and it notes when each `tools/call` came.
 *
 *   replay PORT ARRIVALS      listens on 127.0.0.1, one thread, epoll
 *
 * At SIGTERM it writes ARRIVALS (microseconds since the first `tools/call`, one a line) and ends. `table.h` holds the
 * answers and is written by record.py. Never more than a bench: it trusts its client to speak HTTP/1.1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

struct answer {
  const char *line;   /* "POST" or "GET /path" */
  const char *method; /* JSON-RPC method, or "" */
  const char *head;   /* status line and fields but for the length */
  const char *before; /* of the id; everything where there is none */
  const char *after;  /* of the id, or null */
};
#include "table.h"

enum { CONNECTIONS = 8192, BUFFER = 16384, MOST = 20000000 };
struct peer { size_t have; char in[BUFFER]; };
static struct peer *peers[CONNECTIONS];
static unsigned *arrivals, many;
static struct timespec first;
static volatile sig_atomic_t over;

static void end(int signal) { (void)signal; over = 1; }

static void note(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (many == 0) first = now;
  if (many < MOST)
    arrivals[many++] = (unsigned)((now.tv_sec - first.tv_sec) * 1000000 + (now.tv_nsec - first.tv_nsec) / 1000);
}

/* A member's value in compact JSON: `"name":VALUE`, up to a comma, a brace or the end of a text. */
static size_t member(const char *body, size_t length, const char *name, const char **value) {
  const char *at = memmem(body, length, name, strlen(name)), *end = body + length;
  if (!at) return 0;
  at += strlen(name);
  while (at < end && *at == ' ') at++;
  *value = at;
  const char *stop = at;
  if (at < end && *at == '"') {
    for (stop++; stop < end && *stop != '"'; stop++) {}
    return stop < end ? (size_t)(stop + 1 - at) : 0;
  }
  for (; stop < end && *stop != ',' && *stop != '}'; stop++) {}
  return (size_t)(stop - at);
}

static const struct answer *choose(const char *request, size_t line, const char *body, size_t length) {
  const char *method = "", *id;
  size_t wide = length ? member(body, length, "\"method\":", &method) : 0;
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    const struct answer *one = &answers[i];
    size_t named = strlen(one->line), called = strlen(one->method);
    if (named > line || memcmp(request, one->line, named) != 0 || request[named] != ' ') continue;
    if (called && (wide != called + 2 || memcmp(method + 1, one->method, called) != 0)) continue;
    if (called == 10 && memcmp(one->method, "tools/call", 10) == 0) note();
    return one;
  }
  return member(body, length, "\"id\":", &id) ? NULL : &accepted;
}

static size_t put(char *out, const struct answer *one, const char *body, size_t length) {
  const char *id = "null";
  size_t wide = 4;
  if (!one) return (size_t)sprintf(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  if (one->after) {
    const char *found;
    size_t n = member(body, length, "\"id\":", &found);
    if (n) id = found, wide = n;
  }
  size_t before = strlen(one->before), after = one->after ? strlen(one->after) : 0;
  size_t whole = before + after + (one->after ? wide : 0);
  char *to = out + sprintf(out, "%sContent-Length: %zu\r\n\r\n", one->head, whole);
  to = mempcpy(to, one->before, before);
  if (one->after) to = mempcpy(mempcpy(to, id, wide), one->after, after);
  return (size_t)(to - out);
}

static size_t body_length(const char *head, size_t length) {
  for (const char *at = head; (at = memmem(at, (size_t)(head + length - at), "\r\n", 2)); ) {
    at += 2;
    if (strncasecmp(at, "content-length:", 15) == 0) return strtoul(at + 15, NULL, 10);
  }
  return 0;
}

/* Answers all whole requests of a peer; 0 where it is to be closed. */
static int serve(int fd, struct peer *peer) {
  static char out[1 << 20];
  size_t done = 0, filled = 0;
  for (;;) {
    char *request = peer->in + done, *blank = memmem(request, peer->have - done, "\r\n\r\n", 4);
    if (!blank) break;
    size_t head = (size_t)(blank + 4 - request), length = body_length(request, head);
    if (peer->have - done < head + length) break;
    const char *line = memchr(request, '\r', head);
    filled += put(out + filled, choose(request, (size_t)(line - request), blank + 4, length), blank + 4, length);
    done += head + length;
    if (filled > sizeof out / 2) break;
  }
  if (done) memmove(peer->in, peer->in + done, peer->have -= done);
  for (size_t sent = 0; sent < filled; ) {
    ssize_t n = write(fd, out + sent, filled - sent);
    if (n > 0) sent += (size_t)n;
    else if (errno != EAGAIN && errno != EINTR) return 0;
  }
  return peer->have < BUFFER;
}

static void drop(int fd) {
  close(fd);
  free(peers[fd]);
  peers[fd] = NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  arrivals = malloc(MOST * sizeof *arrivals);
  struct sigaction act = { .sa_handler = end };
  sigaction(SIGTERM, &act, NULL);
  signal(SIGPIPE, SIG_IGN);
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poll = epoll_create1(0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  if (bind(listener, (void *)&at, sizeof at) || listen(listener, 4096)) { perror("replay"); return 1; }
  struct epoll_event what = { .events = EPOLLIN, .data.fd = listener }, ready[256];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &what);
  while (!over) {
    int n = epoll_wait(poll, ready, 256, -1);
    for (int i = 0; i < n; i++) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          if (fd >= CONNECTIONS || !(peers[fd] = malloc(sizeof **peers))) { close(fd); continue; }
          peers[fd]->have = 0;
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          what.data.fd = fd;
          epoll_ctl(poll, EPOLL_CTL_ADD, fd, &what);
        }
        continue;
      }
      struct peer *peer = peers[fd];
      ssize_t got = read(fd, peer->in + peer->have, BUFFER - peer->have);
      if (got > 0) {
        peer->have += (size_t)got;
        if (!serve(fd, peer)) drop(fd);
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) drop(fd);
    }
  }
  FILE *log = fopen(argv[2], "w");
  if (!log) { perror("replay"); return 1; }
  for (unsigned i = 0; i < many; i++) fprintf(log, "%u\n", arrivals[i]);
  return fclose(log) ? 1 : 0;
}
