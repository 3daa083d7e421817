/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-handshake-private.h"
#include "spp-session.h"

G_BEGIN_DECLS

struct _SppSession
{
  GObject            parent_instance;

  /* Owned */
  GSocketConnection *connection;
  SppPublicKey      *peer;
  SppRecord         *record;        /* NULL once closed: the keys are wiped */
  GCancellable      *cancellable;   /* of everything under way in the stream */
  GError            *error;         /* why it ended */
  GError            *send_error;    /* why nothing can be sent any more */

  /* State */
  gboolean           initiator;
  SppSessionState    state;
  gboolean           confirmed;
  gsize              max_message_size;

  /* Sending */
  GQueue             sends;         /* SppSend, waiting */
  GQueue             writing;       /* SppSend, in the buffer under way */
  GByteArray        *write_buffer;
  gsize              queued_bytes;
  gboolean           write_pending;

  /* Receiving */
  GQueue             receives;      /* SppReceive, waiting */
  SppFrameReader     frame_reader;
  guint8            *input;
  gsize              input_start;
  gsize              input_end;
  gboolean           read_pending;
  gboolean           delivering;

  /* Closing */
  GQueue             closes;        /* GTask */
  gboolean           stream_closing;
};

/* Takes what the finished @handshake agreed on (transfer full). */
SppSession *spp_session_new                (GSocketConnection *connection,
                                            SppHandshake      *handshake);

/* Ends the session; @error (transfer full) is what everything that still waits
 * gets. Harmless when it has ended before. */
void        spp_session_end                (SppSession        *self,
                                            GError            *error);
/* To be called when a read or write has come back: goes on with closing. */
void        spp_session_check_closing      (SppSession        *self);
void        spp_session_set_state          (SppSession        *self,
                                            SppSessionState    state);
void        spp_session_set_confirmed      (SppSession        *self);

void        spp_session_init_sending       (SppSession        *self);
void        spp_session_finalize_sending   (SppSession        *self);
gboolean    spp_session_has_unsent         (SppSession        *self);
void        spp_session_fail_sends         (SppSession        *self,
                                            const GError      *error);

void        spp_session_init_receiving     (SppSession        *self);
void        spp_session_finalize_receiving (SppSession        *self);
void        spp_session_fail_receives      (SppSession        *self,
                                            const GError      *error);

G_END_DECLS
