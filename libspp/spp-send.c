/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-send-private.h"

SppSend *
spp_send_new (GTask     *task,
              GBytes    *payload,
              SppSource *source)
{
  SppSend *send = g_new0 (SppSend, 1);

  send->link.data = send;
  if (task != NULL)
    send->task = g_object_ref (task);
  send->source = source;
  if (payload != NULL)
    {
      send->payload = g_bytes_ref (payload);
      send->size = g_bytes_get_size (payload);
    }
  return send;
}

void
spp_send_drop_cancelled (SppSend *send)
{
  if (send->cancelled != NULL)
    {
      g_source_destroy (send->cancelled);
      g_clear_pointer (&send->cancelled, g_source_unref);
    }
}

void
spp_send_free (SppSend *send)
{
  spp_send_drop_cancelled (send);
  g_clear_pointer (&send->payload, g_bytes_unref);
  g_clear_pointer (&send->source, spp_source_free);
  g_clear_object (&send->task);
  g_free (send);
}

SppSend *
spp_send_queue_pop (GQueue *queue)
{
  GList *link = g_queue_pop_head_link (queue);

  return link != NULL ? link->data : NULL;
}

void
spp_send_queue_clear (GQueue *queue)
{
  SppSend *send;

  while ((send = spp_send_queue_pop (queue)) != NULL)
    spp_send_free (send);
}

/* The callbacks may do anything, so all is taken out first. */
void
spp_send_queue_return (GQueue       *queue,
                       const GError *error)
{
  GQueue taken = *queue;
  g_autoptr (GError) copy = error != NULL ? g_error_copy (error) : NULL;
  SppSend *send;

  g_queue_init (queue);
  while ((send = spp_send_queue_pop (&taken)) != NULL)
    {
      if (send->task != NULL && copy != NULL)
        g_task_return_error (send->task, g_error_copy (copy));
      else if (send->task != NULL)
        g_task_return_boolean (send->task, TRUE);
      spp_send_free (send);
    }
}
