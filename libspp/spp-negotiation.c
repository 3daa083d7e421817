/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-negotiation-private.h"

#include "spp-error.h"
#include "spp-search-private.h"
#include "spp-session-private.h"

/* So many signatures are checked at once, in about a millisecond; for more a
 * thread is asked. */
#define CHECKS_AT_ONCE 16
/* More than any frame of a handshake but an oddly padded HELLO. */
#define READ_SIZE 512

typedef struct
{
  SppTransport       *transport;  /* owned */
  SppHandshake      *handshake;  /* owned; NULL while it is searched with */
  SppSearch          *search;     /* borrowed; NULL while there is none */
  GSource            *deadline;   /* owned, attached */
  GSource            *cancelled;  /* owned, nullable, attached */
  guint               timeout;    /* seconds */
  GBytes             *output;     /* owned, nullable, being written */
  gsize               written;    /* of the output */
  GError             *verdict;    /* owned; kept to the deadline while silent */
  SppNegotiationCheck check;      /* nullable */
  SppNegotiationFunc  func;
  gpointer            user_data;
} Negotiation;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
negotiation_free (Negotiation *self)
{
  drop_source (&self->deadline);
  drop_source (&self->cancelled);
  if (self->search != NULL)
    spp_search_cancel (self->search);
  g_clear_pointer (&self->handshake, spp_handshake_free);
  g_clear_pointer (&self->transport, spp_transport_unref);
  g_clear_pointer (&self->output, g_bytes_unref);
  g_clear_error (&self->verdict);
  g_free (self);
}

/* After these two nothing of the negotiation may be touched. */
static void
fail (Negotiation *self,
      GError      *error)
{
  SppNegotiationFunc func = self->func;
  gpointer user_data = self->user_data;

  spp_transport_close (self->transport, NULL, NULL);
  negotiation_free (self);
  func (NULL, error, user_data);
}

static void
succeed (Negotiation *self)
{
  SppNegotiationFunc func = self->func;
  gpointer user_data = self->user_data;
  SppSession *session = spp_session_new (g_steal_pointer (&self->transport),
                                         g_steal_pointer (&self->handshake));

  negotiation_free (self);
  func (session, NULL, user_data);
}

/* By then it has said that it speaks SPP/2. */
static GError *
why_not_admitted (Negotiation *self)
{
  if (self->handshake == NULL || !spp_handshake_is_at_door (self->handshake))
    return NULL;
  return g_error_new_literal (SPP_ERROR, SPP_ERROR_NOT_ADMITTED,
                              "Who listens there does not let us in: it is not the friend, "
                              "or does not know our key");
}

static gboolean
on_deadline (gpointer user_data)
{
  Negotiation *self = user_data;
  GError *error = g_steal_pointer (&self->verdict);

  if (error == NULL)
    error = why_not_admitted (self);
  if (error == NULL)
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                         "The handshake took longer than %u seconds", self->timeout);
  fail (self, error);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable,
              gpointer      user_data)
{
  GError *error = NULL;

  g_cancellable_set_error_if_cancelled (cancellable, &error);
  fail (user_data, error);
  return G_SOURCE_REMOVE;
}

static void
refuse (Negotiation *self,
        GError      *error)
{
  /* A wrong length depends on no secret, so there is nothing to hide. */
  if (spp_handshake_is_initiator (self->handshake)
      || g_error_matches (error, SPP_ERROR, SPP_ERROR_FRAME_LENGTH))
    fail (self, error);
  else
    self->verdict = error;
}

static void run (gpointer user_data);

static void
search_cb (SppHandshake *handshake,
           gpointer      user_data)
{
  Negotiation *self = user_data;

  self->search = NULL;
  self->handshake = handshake;
  run (self);
}

/* The steps below return TRUE if the next one may be taken at once. */

static gboolean
decide (Negotiation *self)
{
  SppPublicKey *signer;
  GError *error = NULL;

  if (!spp_handshake_search (self->handshake, CHECKS_AT_ONCE))
    {
      self->search = spp_search_start (g_steal_pointer (&self->handshake), search_cb, self);
      return FALSE;
    }
  signer = spp_handshake_get_signer (self->handshake);
  if (signer != NULL && self->check != NULL && !self->check (signer, self->user_data))
    spp_handshake_reject_signer (self->handshake);
  if (!spp_handshake_decide (self->handshake, &error))
    {
      refuse (self, error);
      return FALSE;
    }
  return TRUE;
}

static gboolean
write_more (Negotiation *self)
{
  GError *error = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (self->output, &size);
  gssize length;

  length = spp_transport_write (self->transport, data + self->written, size - self->written,
                                &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_error_free (error);
      spp_transport_wait_writable (self->transport, run, self, NULL);
      return FALSE;
    }
  if (length < 0)
    {
      fail (self, error);
      return FALSE;
    }
  self->written += length;
  if (self->written == size)
    g_clear_pointer (&self->output, g_bytes_unref);
  return TRUE;
}

static GError *
why_ended (Negotiation *self)
{
  GError *error = why_not_admitted (self);

  if (error != NULL)
    return error;
  if (spp_handshake_is_untouched (self->handshake))
    return g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED,
                                "The peer closed the connection without a hello");
  return g_error_new_literal (SPP_ERROR, SPP_ERROR_TRUNCATED,
                              "The stream ended inside the hello");
}

/* What is wanted is read, and not a byte more: the rest of the stream belongs to
 * the session. */
static gboolean
read_more (Negotiation *self)
{
  guint8 input[READ_SIZE];
  GError *error = NULL;
  gssize length;

  length = spp_transport_read (self->transport, input,
                               MIN (sizeof input, spp_handshake_get_wanted (self->handshake)),
                               &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_error_free (error);
      spp_transport_wait_readable (self->transport, run, self, NULL);
      return FALSE;
    }
  if (length <= 0)
    {
      fail (self, length < 0 ? error : why_ended (self));
      return FALSE;
    }
  if (!spp_handshake_feed (self->handshake, input, length, g_get_monotonic_time (), &error))
    {
      refuse (self, error);
      return FALSE;
    }
  return TRUE;
}

static void
run (gpointer user_data)
{
  Negotiation *self = user_data;
  gboolean go_on = TRUE;

  while (go_on)
    {
      if (self->output == NULL)
        {
          self->output = spp_handshake_take_output (self->handshake);
          self->written = 0;
        }
      if (self->output != NULL)
        {
          go_on = write_more (self);
        }
      else if (spp_handshake_is_searching (self->handshake))
        {
          go_on = decide (self);
        }
      else if (spp_handshake_get_wanted (self->handshake) > 0)
        {
          go_on = read_more (self);
        }
      else
        {
          succeed (self);
          go_on = FALSE;
        }
    }
}

static void
attach (Negotiation *self,
        GSource     *source,
        GSourceFunc  func)
{
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, spp_transport_get_context (self->transport));
}

void
spp_negotiation_run (GIOStream           *stream,
                     SppHandshake        *handshake,
                     guint                timeout,
                     GCancellable        *cancellable,
                     SppNegotiationCheck  check,
                     SppNegotiationFunc   func,
                     gpointer             user_data)
{
  Negotiation *self = g_new0 (Negotiation, 1);

  self->transport = spp_transport_new (stream);
  self->handshake = handshake;
  self->timeout = timeout;
  self->check = check;
  self->func = func;
  self->user_data = user_data;

  self->deadline = g_timeout_source_new (timeout * 1000);
  attach (self, self->deadline, on_deadline);
  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      attach (self, self->cancelled, G_SOURCE_FUNC (on_cancelled));
    }
  run (self);
}
