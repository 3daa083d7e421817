/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-link-private.h"

#include <glib/gi18n-lib.h>

#include "chat-sentence.h"

#define MAX_LEGS 4
/* Sessions that begin within this time of each other are taken for calls that
 * crossed; and this long one that lost goes on being read. */
#define CROSSING_SECONDS 10
/* How long what is still to be written may take when a session is closed. */
#define CLOSING_SECONDS 5

static guint n_closing;

static gboolean
abort_close_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);

  return G_SOURCE_CONTINUE;
}

static void
close_session_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  GSource *timeout = user_data;

  n_closing--;
  spp_session_close_finish (SPP_SESSION (object), result, NULL);
  g_source_destroy (timeout);
  g_source_unref (timeout);
}

/* A friend who does not read must not keep the session for ever. */
void
chat_link_close_session (SppSession *session)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GSource *timeout = g_timeout_source_new_seconds (CLOSING_SECONDS);

  g_source_set_static_name (timeout, "[chat] abort_close_cb");
  g_source_set_callback (timeout, abort_close_cb, g_object_ref (cancellable), g_object_unref);
  g_source_attach (timeout, g_main_context_get_thread_default ());

  n_closing++;
  spp_session_close_async (session, cancellable, close_session_cb, timeout);
}

guint
chat_link_get_n_closing (void)
{
  return n_closing;
}

void
chat_link_leg_free (ChatLinkLeg *leg)
{
  g_clear_signal_handler (&leg->confirmed_id, leg->session);
  g_clear_handle_id (&leg->close_id, g_source_remove);
  g_clear_object (&leg->session);
  g_free (leg);
}

ChatLinkLeg *
chat_link_find_leg (ChatLink   *self,
                    SppSession *session)
{
  for (guint i = 0; i < self->legs->len; i++)
    {
      ChatLinkLeg *leg = g_ptr_array_index (self->legs, i);

      if (leg->session == session)
        return leg;
    }

  return NULL;
}

static gboolean
is_old (SppSession *session)
{
  return spp_session_get_protocol_version (session) < 2;
}

static void end_leg (ChatLink     *self,
                     ChatLinkLeg  *leg,
                     const GError *error);

static gboolean
close_leg_cb (gpointer user_data)
{
  ChatLinkLeg *leg = user_data;
  g_autoptr (ChatLink) self = g_object_ref (leg->link);

  leg->close_id = 0;

  /* It may have become the one in use in the meantime */
  if (leg != self->current || spp_session_get_state (leg->session) != SPP_SESSION_STATE_OPEN)
    end_leg (self, leg, NULL);

  return G_SOURCE_REMOVE;
}

static void
close_later (ChatLinkLeg *leg)
{
  if (leg->close_id == 0)
    leg->close_id = g_timeout_add_seconds (CROSSING_SECONDS, close_leg_cb, leg);
}

static void
make_current (ChatLink    *self,
              ChatLinkLeg *leg)
{
  ChatLinkLeg *old = self->current;

  self->current = leg;
  leg->on_trial = FALSE;

  /* The one who called ends it, after what is under way has come through */
  if (old != NULL && spp_session_is_initiator (old->session))
    close_later (old);

  chat_link_set_connected (self);
  g_signal_emit_by_name (self, "up");
}

/* The best of those left: one that can send, and has shown itself. */
static ChatLinkLeg *
choose_leg (ChatLink *self)
{
  ChatLinkLeg *best = NULL;

  for (guint i = 0; i < self->legs->len; i++)
    {
      ChatLinkLeg *leg = g_ptr_array_index (self->legs, i);

      if (spp_session_get_state (leg->session) != SPP_SESSION_STATE_OPEN)
        continue;
      if (best == NULL
          || spp_session_is_confirmed (leg->session)
          || !spp_session_is_confirmed (best->session))
        best = leg;
    }

  return best;
}

/* Only SPP/2 proves that the friend wanted the end. */
static gboolean
has_said_goodbye (SppSession *session)
{
  return !is_old (session) && spp_session_get_end (session) == SPP_SESSION_END_PEER_CLOSED;
}

static void
show_end (ChatLink     *self,
          SppSession   *session,
          const GError *error)
{
  const char *name = chat_contact_get_name (self->contact);
  g_autofree char *status = NULL;

  if (self->dial != NULL)
    {
      chat_link_set_connecting (self);
      return;
    }
  if (has_said_goodbye (session))
    {
      chat_link_set_gone (self);
      return;
    }

  if (error != NULL)
    status = chat_sentence_for_error (error, name, NULL);
  else
    /* Translators: %s is the name of a friend */
    status = g_strdup_printf (_("The connection to %s was lost."), name);
  chat_link_set_failed (self, status);
}

/* @error: (nullable): why the session ended */
static void
end_leg (ChatLink     *self,
         ChatLinkLeg  *leg,
         const GError *error)
{
  g_autoptr (SppSession) session = g_object_ref (leg->session);
  gboolean was_current = leg == self->current;
  ChatLinkLeg *next;

  if (was_current)
    self->current = NULL;
  g_ptr_array_remove (self->legs, leg);
  chat_link_close_session (session);

  if (!was_current)
    return;

  next = choose_leg (self);
  if (next != NULL)
    {
      make_current (self, next);
      return;
    }

  show_end (self, session, error);
  g_signal_emit_by_name (self, "down");
}

static void
receive_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  SppSession *session = SPP_SESSION (object);
  g_autoptr (ChatLink) self = chat_link_weak_take (user_data);
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) error = NULL;
  ChatLinkLeg *leg;

  payload = spp_session_receive_finish (session, result, &error);
  if (self == NULL)
    return;

  /* What has come has come, even when the session was given up meanwhile */
  if (payload != NULL)
    {
      g_signal_emit_by_name (self, "received", session, payload);
      return;
    }

  leg = chat_link_find_leg (self, session);
  if (leg != NULL)
    end_leg (self, leg, error);
}

static void
on_confirmed (SppSession *session,
              GParamSpec *pspec,
              ChatLink   *self)
{
  g_autoptr (ChatLink) alive = g_object_ref (self);
  ChatLinkLeg *leg = chat_link_find_leg (self, session);

  if (leg == NULL)
    return;

  if (leg == self->current)
    chat_link_set_connected (self);
  else if (leg->on_trial && spp_session_get_state (session) == SPP_SESSION_STATE_OPEN)
    make_current (self, leg);
}

static gboolean
have_crossed (ChatLinkLeg *a,
              ChatLinkLeg *b)
{
  return ABS (a->began - b->began) <= CROSSING_SECONDS * G_TIME_SPAN_SECOND;
}

/* Both friends come to the same answer: the session of the one whose public key
 * is smaller. */
static gboolean
wins_crossing (ChatLink    *self,
               ChatLinkLeg *leg)
{
  SppPrivateKey *own = spp_client_get_private_key (self->client);
  gboolean own_is_smaller =
    spp_public_key_compare (spp_private_key_get_public_key (own),
                            chat_contact_get_public_key (self->contact)) < 0;

  return own_is_smaller == !!spp_session_is_initiator (leg->session);
}

static gboolean
is_better_protected (ChatLinkLeg *leg,
                     ChatLinkLeg *than)
{
  return spp_session_get_protocol_version (leg->session)
         > spp_session_get_protocol_version (than->session);
}

static void
place_leg (ChatLink    *self,
           ChatLinkLeg *leg)
{
  ChatLinkLeg *current = self->current;

  if (current == NULL
      || spp_session_get_state (current->session) != SPP_SESSION_STATE_OPEN
      || is_better_protected (leg, current))
    {
      make_current (self, leg);
      return;
    }

  if (spp_session_is_initiator (current->session) != spp_session_is_initiator (leg->session)
      && (have_crossed (current, leg) || !spp_session_is_confirmed (current->session)))
    {
      if (wins_crossing (self, leg))
        {
          make_current (self, leg);
          return;
        }
    }
  else if (spp_session_is_confirmed (leg->session))
    {
      /* No recording: the friend has called anew, and knows why */
      make_current (self, leg);
      return;
    }
  else
    {
      leg->on_trial = TRUE;
    }

  if (spp_session_is_initiator (leg->session))
    close_later (leg);
}

/* A friend who calls again and again does not pile up sessions. */
static void
make_room (ChatLink *self)
{
  while (self->legs->len >= MAX_LEGS)
    {
      ChatLinkLeg *oldest = g_ptr_array_index (self->legs, 0);

      if (oldest == self->current)
        oldest = g_ptr_array_index (self->legs, 1);
      end_leg (self, oldest, NULL);
    }
}

void
chat_link_end_old_legs (ChatLink *self)
{
  g_autoptr (GError) error = g_error_new_literal (SPP_ERROR, SPP_ERROR_OLD_PROTOCOL,
                                                  "SPP/1 is allowed no more");
  guint i = 0;

  while (i < self->legs->len)
    {
      ChatLinkLeg *leg = g_ptr_array_index (self->legs, i);

      if (!is_old (leg->session))
        {
          i++;
          continue;
        }
      end_leg (self, leg, error);
      /* Who was told may have changed them all */
      i = 0;
    }
}

gboolean
chat_link_add_leg (ChatLink   *self,
                   SppSession *session)
{
  ChatLinkLeg *leg;

  /* The friend may have come to SPP/2 while this was on its way */
  if (is_old (session) && !self->old_protocol_allowed)
    {
      chat_link_close_session (session);
      return FALSE;
    }

  make_room (self);

  leg = g_new0 (ChatLinkLeg, 1);
  leg->link = self;
  leg->session = g_object_ref (session);
  leg->began = g_get_monotonic_time ();
  leg->confirmed_id = g_signal_connect (session, "notify::confirmed",
                                        G_CALLBACK (on_confirmed), self);
  g_ptr_array_add (self->legs, leg);

  place_leg (self, leg);
  /* Who was told "up" may have closed the link */
  chat_link_receive_next (self, session);

  return TRUE;
}

void
chat_link_receive_next (ChatLink   *self,
                        SppSession *session)
{
  g_return_if_fail (CHAT_IS_LINK (self));
  g_return_if_fail (SPP_IS_SESSION (session));

  if (chat_link_find_leg (self, session) != NULL)
    spp_session_receive_async (session, NULL, receive_cb, chat_link_weak_new (self));
}

static void
send_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  SppSession *session = SPP_SESSION (object);
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (ChatLink) self = g_object_ref (g_task_get_source_object (task));
  GError *error = NULL;
  ChatLinkLeg *leg;

  if (spp_session_send_finish (session, result, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  /* What the friend had sent before is still read, but not for ever */
  leg = chat_link_find_leg (self, session);
  if (leg != NULL && spp_session_get_state (session) != SPP_SESSION_STATE_OPEN)
    close_later (leg);

  g_task_return_error (task, error);
}

void
chat_link_send_async (ChatLink            *self,
                      GBytes              *payload,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CHAT_IS_LINK (self));
  g_return_if_fail (payload != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, chat_link_send_async);
  /* A message that went out went out */
  g_task_set_check_cancellable (task, FALSE);

  if (self->current == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                               /* Translators: %s is the name of a friend */
                               _("%s is not connected."), chat_contact_get_name (self->contact));
      return;
    }

  spp_session_send_async (self->current->session, payload, cancellable,
                          send_cb, g_steal_pointer (&task));
}

gboolean
chat_link_send_finish (ChatLink      *self,
                       GAsyncResult  *result,
                       GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_link_send_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
