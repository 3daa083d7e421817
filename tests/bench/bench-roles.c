/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "bench-roles.h"

#include <stdio.h>
#include <string.h>

#include "bench-util.h"

/* So many messages go out between two looks at the clock. */
#define CLOCK_INTERVAL 32
#define BIG_SIZE       65536

typedef enum
{
  CLIENT_IDLE,
  CLIENT_STREAMING,
  CLIENT_AWAITING_ACK,
  CLIENT_ECHOING,
} ClientState;

/* A client has one link and does one thing at a time. */
static struct
{
  BenchLink    *link;
  ClientState   state;
  BenchMessage  message;
  BenchMessage  last;
  guint64       count;
  guint64       skipped;   /* of them, sent before the measuring began */
  guint64       begin;     /* of the measuring */
  guint64       end;
  guint64       sent_at;
  GArray       *samples;   /* guint64 */
} client;

void
bench_reply (const char *format,
             ...)
{
  va_list args;

  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  putchar ('\n');
  fflush (stdout);
}

static void
flush (BenchLink *link)
{
  if (link->transport->flush != NULL)
    link->transport->flush (link);
}

/* The server */

typedef struct
{
  guint64 count;
  GQueue  answers;   /* GBytes: those for which there is no room yet */
} Server;

static void
answer (BenchLink          *link,
        const BenchMessage *message)
{
  Server *server = link->user_data;

  if (!link->transport->send (link, message))
    {
      if (message->bytes == NULL)
        bench_fail ("%s: no room for an answer", link->transport->name);
      g_queue_push_tail (&server->answers, g_bytes_ref (message->bytes));
    }
  flush (link);
}

static void
send_ack (BenchLink *link)
{
  Server *server = link->user_data;
  guint8 *data = g_malloc0 (BENCH_MIN_SIZE);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, BENCH_MIN_SIZE);
  BenchMessage ack;

  data[0] = BENCH_TAG_ACK;
  memcpy (data + 1, &server->count, sizeof server->count);
  server->count = 0;
  bench_message_from_bytes (&ack, bytes);
  answer (link, &ack);
}

static void
server_message (BenchLink          *link,
                const BenchMessage *message)
{
  Server *server = link->user_data;

  switch (message->data[0])
    {
    case BENCH_TAG_DATA:
      server->count++;
      break;

    case BENCH_TAG_LAST:
      server->count++;
      send_ack (link);
      break;

    case BENCH_TAG_ECHO:
      answer (link, message);
      break;

    default:
      bench_fail ("%s: a message of no known kind", link->transport->name);
    }
}

static void
server_room (BenchLink *link)
{
  Server *server = link->user_data;
  g_autoptr (GBytes) bytes = g_queue_pop_head (&server->answers);
  BenchMessage message;

  if (bytes == NULL)
    return;
  bench_message_from_bytes (&message, bytes);
  answer (link, &message);
}

static void
server_ended (BenchLink *link)
{
  /* The client is done; the driver will say so. */
}

void
bench_server_add_link (BenchLink *link)
{
  link->message = server_message;
  link->room = server_room;
  link->ended = server_ended;
  link->user_data = g_new0 (Server, 1);
}

/* The client */

static void
make_message (BenchMessage *message,
              guint8        tag,
              gsize         size)
{
  guint8 *data = g_malloc (size);

  memset (data, 'm', size);
  data[0] = tag;
  g_clear_pointer (&message->bytes, g_bytes_unref);
  bench_message_from_bytes (message, g_bytes_new_take (data, size));
}

/* Whether it is time for the last message. */
static gboolean
look_at_clock (void)
{
  guint64 now;

  if (client.count == 0
      || (client.message.size < BIG_SIZE && client.count % CLOCK_INTERVAL != 0))
    return FALSE;

  now = bench_now ();
  if (now < client.begin)
    client.skipped = client.count;
  return now >= client.end;
}

static void
stream (BenchLink *link)
{
  while (client.state == CLIENT_STREAMING)
    {
      gboolean last = look_at_clock ();

      if (!link->transport->send (link, last ? &client.last : &client.message))
        break;
      client.count++;
      if (last)
        client.state = CLIENT_AWAITING_ACK;
    }
  flush (link);
}

static void
send_echo (BenchLink *link)
{
  client.sent_at = bench_now ();
  if (!link->transport->send (link, &client.message))
    bench_fail ("%s: no room for one message", link->transport->name);
  flush (link);
}

static int
compare_samples (gconstpointer a,
                 gconstpointer b)
{
  guint64 first = *(const guint64 *) a;
  guint64 second = *(const guint64 *) b;

  return first < second ? -1 : first > second;
}

/* @per_mille of the samples, which are sorted, are below it. */
static guint64
take_quantile (guint per_mille)
{
  return g_array_index (client.samples, guint64,
                        (guint) ((guint64) client.samples->len * per_mille / 1000));
}

static void
take_echo (BenchLink          *link,
           const BenchMessage *message)
{
  guint64 now = bench_now ();
  guint64 sample = now - client.sent_at;

  if (message->size != client.message.size)
    bench_fail ("%s: the echo has another size", link->transport->name);
  g_array_append_val (client.samples, sample);
  if (now < client.end)
    {
      send_echo (link);
      return;
    }
  client.state = CLIENT_IDLE;
  g_array_sort (client.samples, compare_samples);
  bench_reply ("%u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
               client.samples->len, take_quantile (500), take_quantile (990),
               take_quantile (999));
}

static void
take_ack (BenchLink          *link,
          const BenchMessage *message)
{
  guint64 count;

  memcpy (&count, message->data + 1, sizeof count);
  if (count != client.count)
    bench_fail ("%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " messages came",
                link->transport->name, count, client.count);
  client.state = CLIENT_IDLE;
  bench_reply ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, count - client.skipped,
               bench_now () - client.begin);
}

static void
client_message (BenchLink          *link,
                const BenchMessage *message)
{
  if (client.state == CLIENT_ECHOING && message->data[0] == BENCH_TAG_ECHO)
    take_echo (link, message);
  else if (client.state == CLIENT_AWAITING_ACK && message->data[0] == BENCH_TAG_ACK
           && message->size >= BENCH_ACK_SIZE)
    take_ack (link, message);
  else
    bench_fail ("%s: a message that nobody waits for", link->transport->name);
}

static void
client_room (BenchLink *link)
{
  if (client.state == CLIENT_STREAMING)
    stream (link);
}

static void
client_ended (BenchLink *link)
{
  bench_fail ("%s: the server has gone", link->transport->name);
}

void
bench_client_set_link (BenchLink *link)
{
  link->message = client_message;
  link->room = client_room;
  link->ended = client_ended;
  client.link = link;
  client.samples = g_array_new (FALSE, FALSE, sizeof (guint64));
  bench_reply ("ready %s", link->info != NULL ? link->info : "");
}

static void
begin_stream (gsize   size,
              guint64 warm_up,
              guint64 time)
{
  client.count = client.skipped = 0;
  client.begin = bench_now () + warm_up;
  client.end = client.begin + time;
  make_message (&client.message, BENCH_TAG_DATA, size);
  make_message (&client.last, BENCH_TAG_LAST, size);
  client.state = CLIENT_STREAMING;
  stream (client.link);
}

static void
begin_echo (gsize   size,
            guint64 time)
{
  client.end = bench_now () + time;
  make_message (&client.message, BENCH_TAG_ECHO, size);
  g_array_set_size (client.samples, 0);
  client.state = CLIENT_ECHOING;
  send_echo (client.link);
}

gboolean
bench_client_command (char **words)
{
  guint64 numbers[3] = { 0, };
  guint i;

  if (client.link == NULL || client.state != CLIENT_IDLE)
    return FALSE;
  for (i = 0; i < G_N_ELEMENTS (numbers) && words[i + 1] != NULL; i++)
    numbers[i] = g_ascii_strtoull (words[i + 1], NULL, 10);
  if (numbers[0] < BENCH_MIN_SIZE || numbers[0] > BENCH_MAX_SIZE)
    return FALSE;

  if (g_str_equal (words[0], "stream") && i == 3)
    begin_stream ((gsize) numbers[0], numbers[1] * 1000000, numbers[2] * 1000000);
  else if (g_str_equal (words[0], "echo") && i == 2)
    begin_echo ((gsize) numbers[0], numbers[1] * 1000000);
  else
    return FALSE;
  return TRUE;
}
