/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>
#include <spp.h>

#include "chat-protection.h"

G_BEGIN_DECLS

#define CHAT_TYPE_PRESENCE (chat_presence_get_type ())

typedef enum
{
  CHAT_PRESENCE_OFFLINE,     /* nobody tries; "status" may say why it ended */
  CHAT_PRESENCE_CONNECTING,
  CHAT_PRESENCE_UNCONFIRMED, /* connected, but no message has proved it yet */
  CHAT_PRESENCE_ONLINE,
} ChatPresence;

GType chat_presence_get_type (void) G_GNUC_CONST;

#define CHAT_TYPE_CONTACT (chat_contact_get_type ())

/* A friend as the lists show one. Properties, all with notify:
 *   "id" int64, "public-key" SppPublicKey (both construct-only);
 *   "name" string (never empty), "host" string (may be empty), "port" uint;
 *   "presence" ChatPresence;
 *   "status" string: a whole sentence in the user's language for the header,
 *     e.g. "Online", "Cannot reach 192.0.2.7: connection refused.";
 *   "failed" boolean: the last attempt failed or the connection was lost, so
 *     that Retry makes sense;
 *   "flags" SppPeerFlags: what holds for the friend, kept in the store;
 *   "protection" ChatProtection, nullable: of the session that is used;
 *   "asks-old-protocol" boolean: the friend was met with SPP/1 alone, and the
 *     user has not said yet whether that is to be allowed;
 *   "preview" string: the last message in one line, safe to show as plain text;
 *   "last-activity" int64: unix time in microseconds, 0 for none;
 *   "unread-count" uint. */
G_DECLARE_FINAL_TYPE (ChatContact, chat_contact, CHAT, CONTACT, GObject)

ChatContact  *chat_contact_new               (gint64        id,
                                              SppPublicKey *public_key,
                                              const char   *name,
                                              const char   *host,
                                              guint16       port);
gint64        chat_contact_get_id            (ChatContact  *self);
SppPublicKey *chat_contact_get_public_key    (ChatContact  *self);
const char   *chat_contact_get_name          (ChatContact  *self);
const char   *chat_contact_get_host          (ChatContact  *self);
guint16       chat_contact_get_port          (ChatContact  *self);
ChatPresence  chat_contact_get_presence      (ChatContact  *self);
const char   *chat_contact_get_status        (ChatContact  *self);
gboolean      chat_contact_get_failed        (ChatContact  *self);
SppPeerFlags  chat_contact_get_flags         (ChatContact  *self);
/* Returns: (transfer none) (nullable) */
const ChatProtection *
              chat_contact_get_protection    (ChatContact  *self);
gboolean      chat_contact_get_asks_old_protocol
                                             (ChatContact  *self);
const char   *chat_contact_get_preview       (ChatContact  *self);
gint64        chat_contact_get_last_activity (ChatContact  *self);
guint         chat_contact_get_unread_count  (ChatContact  *self);

/* The user said no: not asked again before the next start. */
void          chat_contact_decline_old_protocol
                                             (ChatContact  *self);

/* For the model only. */
void          chat_contact_set_details       (ChatContact  *self,
                                              const char   *name,
                                              const char   *host,
                                              guint16       port);
void          chat_contact_set_presence      (ChatContact  *self,
                                              ChatPresence  presence,
                                              const char   *status,
                                              gboolean      failed);
void          chat_contact_set_flags         (ChatContact  *self,
                                              SppPeerFlags  flags);
/* @protection: (nullable): of the session that is used from now on. The flags
 * learn from it. */
void          chat_contact_set_protection    (ChatContact  *self,
                                              const ChatProtection *protection);
/* The friend speaks only SPP/1, and may not. */
void          chat_contact_meet_old_protocol (ChatContact  *self);
void          chat_contact_set_preview       (ChatContact  *self,
                                              const char   *preview,
                                              gint64        last_activity);
void          chat_contact_set_unread_count  (ChatContact  *self,
                                              guint         unread_count);

G_END_DECLS
