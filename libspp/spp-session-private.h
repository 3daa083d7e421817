/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-handshake1-private.h"
#include "spp-session.h"
#include "spp-transport-private.h"

G_BEGIN_DECLS

#define SPP_SESSION_DEFAULT_MAX_MESSAGE_SIZE (16 * 1024 * 1024)

struct _SppSession
{
  GObject           parent_instance;

  /* Owned */
  SppTransport     *transport;
  SppPublicKey     *peer;
  SppMessageCipher *cipher;               /* NULL once closed: the keys are wiped */
  GDateTime        *begin_time;
  GError           *error;                /* why it ended */
  GError           *send_error;           /* why nothing can be sent any more */
  GSource          *turn;                 /* nullable, attached */

  /* State */
  gboolean          initiator;
  SppSessionState   state;
  SppSessionEnd     end;
  gboolean          confirmed;
  gsize             max_message_size;
  guint64           messages_sent;
  guint64           messages_received;
  guint64           bytes_sent;
  guint64           bytes_received;

  /* Sending */
  GQueue            sends;                /* SppSend, waiting */
  GQueue            writing;              /* SppSend, in the buffer under way */
  GQueue            sent;                 /* SppSend, handed over, to be told so */
  GByteArray       *write_buffer;         /* NULL while nothing is under way */
  gsize             write_offset;
  gsize             queued_bytes;
  gboolean          blocked;              /* the kernel takes no more now */
  gboolean          corked;               /* what is sent now waits for the next turn */

  /* Receiving */
  GQueue            receives;             /* SppReceive, waiting */
  SppFrameReader    frame_reader;
  gboolean          drained;              /* the last read left nothing in the kernel */
  gboolean          delivering;
  gboolean          received_unnotified;

  /* Closing */
  GQueue            closes;               /* GTask */
  gboolean          stream_closed;
};

/* Takes what the finished @handshake agreed on, and the transport (both
 * transfer full). */
SppSession *spp_session_new                (SppTransport    *transport,
                                            SppHandshake1   *handshake);

/* Ends the session; @error (transfer full) is what everything that still waits
 * gets. Harmless when it has ended before. */
void        spp_session_fail               (SppSession      *self,
                                            SppSessionEnd    end,
                                            GError          *error);
/* Goes on with closing if what was queued is gone. */
void        spp_session_check_closing      (SppSession      *self);
void        spp_session_install_properties (GObjectClass    *object_class);
void        spp_session_set_state          (SppSession      *self,
                                            SppSessionState  state);
/* Asks the main context for a turn, in which callbacks may be called. */
void        spp_session_schedule_turn      (SppSession      *self);
void        spp_session_clear_turn         (SppSession      *self);

void        spp_session_set_confirmed      (SppSession      *self);
void        spp_session_notify_end         (SppSession      *self);
void        spp_session_notify_sent        (SppSession      *self);
void        spp_session_notify_received    (SppSession      *self);

void        spp_session_clear_sending      (SppSession      *self);
gboolean    spp_session_has_unsent         (SppSession      *self);
void        spp_session_fail_sends         (SppSession      *self,
                                            const GError    *error);
/* The part of a turn that sends. */
void        spp_session_run_sends          (SppSession      *self);

void        spp_session_clear_receiving    (SppSession      *self);
void        spp_session_fail_receives      (SppSession      *self,
                                            const GError    *error);
/* The part of a turn that receives. */
void        spp_session_run_receives       (SppSession      *self);

G_END_DECLS
