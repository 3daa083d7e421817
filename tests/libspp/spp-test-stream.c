/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-test-stream.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* One direction. Read and written from one thread at a time each. */
typedef struct
{
  int   fd;          /* borrowed from the stream */
  gsize piece;
  gsize left;        /* until it fails */
} Direction;

/* How much of @size may pass at once; 0 is the failure. */
static gsize
direction_get_part (Direction  *self,
                    gsize       size,
                    GError    **error)
{
  gsize part = MIN (size, self->left);

  if (part == 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "The test's stream failed");
  else if (self->piece != 0)
    part = MIN (part, self->piece);
  return part;
}

static gssize
direction_account (Direction  *self,
                   gssize      result,
                   GError    **error)
{
  int code = errno;

  if (result >= 0)
    self->left -= result;
  else
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
  return result;
}

/* The same as read() and send() have it: -1 with EAGAIN when it would block. */
typedef gssize (*DirectionFunc) (Direction *self,
                                 gpointer   data,
                                 gsize      size);

static gssize
direction_read (Direction *self,
                gpointer   data,
                gsize      size)
{
  return read (self->fd, data, size);
}

static gssize
direction_write (Direction *self,
                 gpointer   data,
                 gsize      size)
{
  return send (self->fd, data, size, MSG_NOSIGNAL);
}

static gssize
direction_try (Direction      *self,
               DirectionFunc   func,
               gpointer        data,
               gsize           size,
               GError        **error)
{
  gsize part = direction_get_part (self, size, error);

  if (part == 0)
    return -1;
  return direction_account (self, func (self, data, part), error);
}

/* Waits as a blocking stream does. */
static gssize
direction_run (Direction      *self,
               DirectionFunc   func,
               gshort          events,
               gpointer        data,
               gsize           size,
               GCancellable   *cancellable,
               GError        **error)
{
  GPollFD fds[2] = { { self->fd, events, 0 } };
  gboolean can_cancel = g_cancellable_make_pollfd (cancellable, &fds[1]);
  gssize result;

  for (;;)
    {
      g_autoptr (GError) own_error = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        {
          result = -1;
          break;
        }
      result = direction_try (self, func, data, size, &own_error);
      if (!g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          if (own_error != NULL)
            g_propagate_error (error, g_steal_pointer (&own_error));
          break;
        }
      g_poll (fds, can_cancel ? 2 : 1, -1);
    }
  if (can_cancel)
    g_cancellable_release_fd (cancellable);
  return result;
}

static gboolean
direction_is_ready (Direction *self,
                    gshort     events)
{
  struct pollfd fd = { self->fd, events, 0 };

  return self->left == 0 || poll (&fd, 1, 0) > 0;
}

static GSource *
direction_create_source (Direction    *self,
                         GObject      *stream,
                         GIOCondition  condition,
                         GCancellable *cancellable)
{
  g_autoptr (GSource) ready = NULL;

  if (self->left == 0)
    ready = g_timeout_source_new (0);
  else
    ready = g_unix_fd_source_new (self->fd, condition | G_IO_HUP | G_IO_ERR);
  return g_pollable_source_new_full (stream, ready, cancellable);
}

#define SPP_TYPE_TEST_INPUT (spp_test_input_get_type ())
#define SPP_TYPE_TEST_POLLABLE_INPUT (spp_test_pollable_input_get_type ())

G_DECLARE_DERIVABLE_TYPE (SppTestInput, spp_test_input, SPP, TEST_INPUT, GInputStream)

struct _SppTestInputClass
{
  GInputStreamClass parent_class;
};

G_DECLARE_FINAL_TYPE (SppTestPollableInput, spp_test_pollable_input,
                      SPP, TEST_POLLABLE_INPUT, SppTestInput)

struct _SppTestPollableInput
{
  SppTestInput parent_instance;
};

typedef struct
{
  Direction direction;
} SppTestInputPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (SppTestInput, spp_test_input, G_TYPE_INPUT_STREAM)

static Direction *
get_input (gpointer stream)
{
  SppTestInputPrivate *priv = spp_test_input_get_instance_private (stream);

  return &priv->direction;
}

static gssize
spp_test_input_read (GInputStream  *stream,
                     void          *buffer,
                     gsize          count,
                     GCancellable  *cancellable,
                     GError       **error)
{
  return direction_run (get_input (stream), direction_read, G_IO_IN, buffer, count,
                        cancellable, error);
}

static void
spp_test_input_class_init (SppTestInputClass *klass)
{
  G_INPUT_STREAM_CLASS (klass)->read_fn = spp_test_input_read;
}

static void
spp_test_input_init (SppTestInput *self)
{
}

static gboolean
spp_test_pollable_input_is_readable (GPollableInputStream *stream)
{
  return direction_is_ready (get_input (stream), POLLIN);
}

static GSource *
spp_test_pollable_input_create_source (GPollableInputStream *stream,
                                       GCancellable         *cancellable)
{
  return direction_create_source (get_input (stream), G_OBJECT (stream), G_IO_IN, cancellable);
}

static gssize
spp_test_pollable_input_read (GPollableInputStream  *stream,
                              void                  *buffer,
                              gsize                  count,
                              GError               **error)
{
  return direction_try (get_input (stream), direction_read, buffer, count, error);
}

static void
spp_test_pollable_input_iface_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = spp_test_pollable_input_is_readable;
  iface->create_source = spp_test_pollable_input_create_source;
  iface->read_nonblocking = spp_test_pollable_input_read;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SppTestPollableInput, spp_test_pollable_input,
                               SPP_TYPE_TEST_INPUT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      spp_test_pollable_input_iface_init))

static void
spp_test_pollable_input_class_init (SppTestPollableInputClass *klass)
{
}

static void
spp_test_pollable_input_init (SppTestPollableInput *self)
{
}

#define SPP_TYPE_TEST_OUTPUT (spp_test_output_get_type ())
#define SPP_TYPE_TEST_POLLABLE_OUTPUT (spp_test_pollable_output_get_type ())

G_DECLARE_DERIVABLE_TYPE (SppTestOutput, spp_test_output, SPP, TEST_OUTPUT, GOutputStream)

struct _SppTestOutputClass
{
  GOutputStreamClass parent_class;
};

G_DECLARE_FINAL_TYPE (SppTestPollableOutput, spp_test_pollable_output,
                      SPP, TEST_POLLABLE_OUTPUT, SppTestOutput)

struct _SppTestPollableOutput
{
  SppTestOutput parent_instance;
};

typedef struct
{
  Direction direction;
} SppTestOutputPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (SppTestOutput, spp_test_output, G_TYPE_OUTPUT_STREAM)

static Direction *
get_output (gpointer stream)
{
  SppTestOutputPrivate *priv = spp_test_output_get_instance_private (stream);

  return &priv->direction;
}

static gssize
spp_test_output_write (GOutputStream  *stream,
                       const void     *buffer,
                       gsize           count,
                       GCancellable   *cancellable,
                       GError        **error)
{
  return direction_run (get_output (stream), direction_write, G_IO_OUT, (gpointer) buffer,
                        count, cancellable, error);
}

static void
spp_test_output_class_init (SppTestOutputClass *klass)
{
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = spp_test_output_write;
}

static void
spp_test_output_init (SppTestOutput *self)
{
}

static gboolean
spp_test_pollable_output_is_writable (GPollableOutputStream *stream)
{
  return direction_is_ready (get_output (stream), POLLOUT);
}

static GSource *
spp_test_pollable_output_create_source (GPollableOutputStream *stream,
                                        GCancellable          *cancellable)
{
  return direction_create_source (get_output (stream), G_OBJECT (stream), G_IO_OUT,
                                  cancellable);
}

static gssize
spp_test_pollable_output_write (GPollableOutputStream  *stream,
                                const void             *buffer,
                                gsize                   count,
                                GError                **error)
{
  return direction_try (get_output (stream), direction_write, (gpointer) buffer, count, error);
}

static void
spp_test_pollable_output_iface_init (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = spp_test_pollable_output_is_writable;
  iface->create_source = spp_test_pollable_output_create_source;
  iface->write_nonblocking = spp_test_pollable_output_write;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SppTestPollableOutput, spp_test_pollable_output,
                               SPP_TYPE_TEST_OUTPUT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      spp_test_pollable_output_iface_init))

static void
spp_test_pollable_output_class_init (SppTestPollableOutputClass *klass)
{
}

static void
spp_test_pollable_output_init (SppTestPollableOutput *self)
{
}

struct _SppTestStream
{
  GIOStream      parent_instance;

  /* Owned */
  GInputStream  *input;
  GOutputStream *output;
  int            fd;
};

G_DEFINE_FINAL_TYPE (SppTestStream, spp_test_stream, G_TYPE_IO_STREAM)

static GInputStream *
spp_test_stream_get_input_stream (GIOStream *stream)
{
  return SPP_TEST_STREAM (stream)->input;
}

static GOutputStream *
spp_test_stream_get_output_stream (GIOStream *stream)
{
  return SPP_TEST_STREAM (stream)->output;
}

static gboolean
spp_test_stream_close (GIOStream     *stream,
                       GCancellable  *cancellable,
                       GError       **error)
{
  SppTestStream *self = SPP_TEST_STREAM (stream);
  gboolean good = G_IO_STREAM_CLASS (spp_test_stream_parent_class)->close_fn (stream, cancellable,
                                                                              error);

  g_assert_no_errno (close (self->fd));
  self->fd = -1;
  return good;
}

static void
spp_test_stream_finalize (GObject *object)
{
  SppTestStream *self = SPP_TEST_STREAM (object);

  /* What the base class does on dispose closes it. */
  g_assert_cmpint (self->fd, ==, -1);
  g_object_unref (self->input);
  g_object_unref (self->output);

  G_OBJECT_CLASS (spp_test_stream_parent_class)->finalize (object);
}

static void
spp_test_stream_class_init (SppTestStreamClass *klass)
{
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = spp_test_stream_finalize;
  stream_class->get_input_stream = spp_test_stream_get_input_stream;
  stream_class->get_output_stream = spp_test_stream_get_output_stream;
  stream_class->close_fn = spp_test_stream_close;
}

static void
spp_test_stream_init (SppTestStream *self)
{
}

GIOStream *
spp_test_stream_new (int      fd,
                     gboolean pollable,
                     gsize    piece)
{
  SppTestStream *self = g_object_new (SPP_TYPE_TEST_STREAM, NULL);
  Direction direction = { fd, piece, G_MAXSIZE };

  g_assert_true (g_unix_set_fd_nonblocking (fd, TRUE, NULL));
  self->fd = fd;
  self->input = g_object_new (pollable ? SPP_TYPE_TEST_POLLABLE_INPUT : SPP_TYPE_TEST_INPUT,
                              NULL);
  self->output = g_object_new (pollable ? SPP_TYPE_TEST_POLLABLE_OUTPUT : SPP_TYPE_TEST_OUTPUT,
                               NULL);
  *get_input (self->input) = direction;
  *get_output (self->output) = direction;
  return G_IO_STREAM (self);
}

void
spp_test_stream_pair (GIOStream **a,
                      GIOStream **b,
                      gboolean    pollable,
                      gsize       piece)
{
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  *a = spp_test_stream_new (fds[0], pollable, piece);
  *b = spp_test_stream_new (fds[1], pollable, piece);
}

void
spp_test_stream_fail_after (SppTestStream *self,
                            gsize          readable,
                            gsize          writable)
{
  get_input (self->input)->left = readable;
  get_output (self->output)->left = writable;
}
