/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* Opens many connections, and says nothing on any of them, or message 1 of SPP/2:
 *
 *   hostile-flood PORT COUNT FIRST_SOURCE N_SOURCES nothing|message1
 *
 * The sources are addresses of the loopback network, numbered on from the first.
 *
 * It goes as fast as the other side takes it: a new connection is begun for each
 * that the other side has ended, with WINDOW to begin with. More at once would
 * only have the kernel drop them, and with them, at random, those of others. On
 * this side all stay open.
 *
 * A line is printed when the last one has been begun. At the end of the standard
 * input, whenever that comes, everything is closed. */

#define _GNU_SOURCE /* POLLRDHUP */

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gio.h>

#define WINDOW 150
/* Besides the connections. */
#define OTHER_DESCRIPTORS 64

static void
allow_descriptors (rlim_t count)
{
  struct rlimit limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &limit));
  limit.rlim_cur = MAX (limit.rlim_cur, MIN (limit.rlim_max, count));
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
}

static struct sockaddr_in
make_address (guint32 address,
              guint16 port)
{
  struct sockaddr_in inet = { 0 };

  inet.sin_family = AF_INET;
  inet.sin_addr.s_addr = htonl (address);
  inet.sin_port = htons (port);
  return inet;
}

static int
begin_connection (guint32 source,
                  guint16 port)
{
  struct sockaddr_in from = make_address (source, 0);
  struct sockaddr_in to = make_address (INADDR_LOOPBACK, port);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  g_assert_no_errno (fd);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &from, sizeof from));
  if (connect (fd, (struct sockaddr *) &to, sizeof to) < 0)
    g_assert_cmpint (errno, ==, EINPROGRESS);
  return fd;
}

/* Any point will do. */
static void
say_message1 (int fd)
{
  guint8 frame[40] = { 32 };

  for (guint i = 8; i < sizeof frame; i++)
    frame[i] = g_random_int_range (0, 256);
  /* It may have been ended by now. */
  if (send (fd, frame, sizeof frame, MSG_NOSIGNAL) < 0)
    return;
}

/* Speaks where that can be done, and waits until the other side has ended some;
 * how many. The first is the standard input, with whose end nobody needs the rest. */
static guint
await_ended (struct pollfd *waited,
             guint          count)
{
  guint ended = 0;

  while (poll (waited, count, -1) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  if (waited[0].revents != 0)
    exit (0);
  for (guint i = 1; i < count; i++)
    {
      if (waited[i].revents & POLLOUT)
        {
          say_message1 (waited[i].fd);
          waited[i].events = POLLRDHUP;
        }
      if (waited[i].revents & ~POLLOUT)
        {
          /* It stays open, but is not waited for again. */
          waited[i].fd = -1;
          ended++;
        }
    }
  return ended;
}

int
main (int   argc,
      char *argv[])
{
  g_autofree struct pollfd *waited = NULL;
  struct in_addr first;
  guint16 port;
  guint count, n_sources;
  guint ended = 0;
  gboolean speaks;
  char byte;

  g_assert_cmpint (argc, ==, 6);
  port = atoi (argv[1]);
  count = atoi (argv[2]);
  g_assert_cmpint (inet_aton (argv[3], &first), !=, 0);
  n_sources = atoi (argv[4]);
  speaks = g_str_equal (argv[5], "message1");

  allow_descriptors (count + OTHER_DESCRIPTORS);
  waited = g_new0 (struct pollfd, count + 1);
  waited[0].fd = STDIN_FILENO;
  waited[0].events = POLLIN;
  for (guint i = 1; i <= count; i++)
    {
      waited[i].fd = begin_connection (ntohl (first.s_addr) + i % n_sources, port);
      waited[i].events = speaks ? POLLRDHUP | POLLOUT : POLLRDHUP;
      while (i - ended >= WINDOW && i < count)
        ended += await_ended (waited, i + 1);
    }

  g_assert_cmpint (write (STDOUT_FILENO, "\n", 1), ==, 1);
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  return 0;
}
