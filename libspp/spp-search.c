/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-search-private.h"

/* So many keys are tried in a turn, which takes some milliseconds. */
#define CHECKS_PER_TURN 64

struct _SppSearch
{
  SppHandshake *handshake;  /* owned; the thread's until it is done */
  GMainContext  *context;    /* owned */
  SppSearchFunc  func;
  gpointer       user_data;
  int            cancelled;  /* atomic */
};

static void
search_free (SppSearch *self)
{
  g_clear_pointer (&self->handshake, spp_handshake_free);
  g_main_context_unref (self->context);
  g_free (self);
}

static gboolean
on_done (gpointer user_data)
{
  SppSearch *self = user_data;

  if (!g_atomic_int_get (&self->cancelled))
    self->func (g_steal_pointer (&self->handshake), self->user_data);
  return G_SOURCE_REMOVE;
}

/* The handshake refers to objects of the main context, so it is given back to
 * that even if nobody wants it any more. */
static void
hand_back (SppSearch *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[spp] search");
  g_source_set_callback (source, on_done, self, (GDestroyNotify) search_free);
  g_source_attach (source, self->context);
}

static GThreadPool *get_pool (void);

static void
take_turn (gpointer data,
           gpointer user_data)
{
  SppSearch *self = data;

  if (g_atomic_int_get (&self->cancelled)
      || spp_handshake_search (self->handshake, CHECKS_PER_TURN))
    hand_back (self);
  else
    g_thread_pool_push (get_pool (), self, NULL);
}

static GThreadPool *
get_pool (void)
{
  static GThreadPool *pool = NULL;

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool, g_thread_pool_new (take_turn, NULL, 1, FALSE, NULL));
  return pool;
}

SppSearch *
spp_search_start (SppHandshake  *handshake,
                  SppSearchFunc  func,
                  gpointer       user_data)
{
  SppSearch *self = g_new0 (SppSearch, 1);

  self->handshake = handshake;
  self->context = g_main_context_ref_thread_default ();
  self->func = func;
  self->user_data = user_data;
  g_thread_pool_push (get_pool (), self, NULL);
  return self;
}

void
spp_search_cancel (SppSearch *self)
{
  g_atomic_int_set (&self->cancelled, TRUE);
}
