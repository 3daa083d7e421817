/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A server of org.freedesktop.Notifications on the test's own session bus: it
 * shows nothing, and remembers what it was told.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _E2eNotifications E2eNotifications;

typedef struct
{
  guint32 id;
  char *title;
  char *body;
  char *image;
  char *category;
  guint8 urgency;
  gboolean has_default_action;
} E2eNotification;

/* Takes the name; @markup: a server that reads markup in bodies. */
E2eNotifications      *e2e_notifications_new         (gboolean          markup);
/* Gives the name back. */
void                   e2e_notifications_free        (E2eNotifications *self);
/* Waits for one to show this, and gives it. It is good until it changes. */
const E2eNotification *e2e_notifications_wait        (E2eNotifications *self,
                                                      const char       *title,
                                                      const char       *body);
/* Waits until none shows. */
void                   e2e_notifications_wait_none   (E2eNotifications *self);
/* How many show, and how often one was sent. */
guint                  e2e_notifications_count       (E2eNotifications *self);
guint                  e2e_notifications_count_calls (E2eNotifications *self);
/* Whether to leave the calls without an answer; those that wait get theirs with
 * FALSE. */
void                   e2e_notifications_hold        (E2eNotifications *self,
                                                      gboolean          hold);
/* A click on it. */
void                   e2e_notifications_invoke      (E2eNotifications *self,
                                                      guint32           id);

G_END_DECLS
