/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-handshake-private.h"
#include "spp-message-stream-private.h"
#include "spp-send-private.h"
#include "spp-session.h"
#include "spp-transport-private.h"

G_BEGIN_DECLS

#define SPP_SESSION_DEFAULT_MAX_MESSAGE_SIZE (16 * 1024 * 1024)
/* Nothing beyond can be announced in memory that a process has. */
#define SPP_SESSION_MAX_MAX_MESSAGE_SIZE (G_MAXUINT32 / 2)

struct _SppSession
{
  GObject           parent_instance;

  /* Owned */
  SppTransport     *transport;
  SppPublicKey     *peer;
  SppMessageCipher *cipher;               /* SPP/1; NULL once closed, as the next */
  SppRecordLayer   *layer;                /* SPP/2 */
  GBytes           *channel_binding;
  GDateTime        *begin_time;
  GError           *error;                /* why it ended */
  GError           *send_error;           /* why nothing can be sent any more */
  GSource          *turn;                 /* nullable, attached */

  /* State */
  guint             version;
  gboolean          initiator;
  gboolean          post_quantum;
  SppSessionState   state;
  SppSessionEnd     end;
  gboolean          confirmed;
  gsize             max_message_size;
  guint             rekeys;
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
  GQueue            inbox;                /* GBytes, that nobody has asked for yet */
  gsize             inbox_size;
  GByteArray       *incoming;             /* parts of a message; NULL between two */
  gboolean          streaming;            /* the parts that come go to somebody who reads */
  SppMessageStream *stream;               /* borrowed: who that is; NULL: they are dropped */
  SppFrameReader    frame_reader;
  guint64           bytes_taken;          /* out of frames */
  gboolean          drained;              /* the last read left nothing in the kernel */
  gboolean          delivering;
  gboolean          received_unnotified;

  /* Closing */
  GQueue            closes;               /* GTask */
  gboolean          stream_closed;

  /* Deadlines of SPP/2, 0 for none */
  GSource          *timer;                /* nullable, attached */
  gint64            turn_time;            /* when a turn began last: good enough for epochs */
  gint64            rekey_deadline;
  gint64            close_deadline;
};

/* Takes what the finished @handshake agreed on, and the transport (both
 * transfer full). */
SppSession   *spp_session_new                (SppTransport         *transport,
                                              SppHandshake         *handshake);

/* Ends the session; @error (transfer full) is what everything that still waits
 * gets. Harmless when it has ended before. */
void          spp_session_fail               (SppSession           *self,
                                              SppSessionEnd         end,
                                              GError               *error);
/* Goes on with closing if what was queued is gone. */
void          spp_session_check_closing      (SppSession           *self);
void          spp_session_install_properties (GObjectClass         *object_class);
void          spp_session_set_state          (SppSession           *self,
                                              SppSessionState       state);
/* Asks the main context for a turn, in which callbacks may be called. */
void          spp_session_schedule_turn      (SppSession           *self);
void          spp_session_clear_turn         (SppSession           *self);

void          spp_session_set_confirmed      (SppSession           *self);
void          spp_session_notify_end         (SppSession           *self);
void          spp_session_notify_sent        (SppSession           *self);
void          spp_session_notify_rekeys      (SppSession           *self);
void          spp_session_notify_received    (SppSession           *self);

/* So much is read ahead in a session of SPP/2 while nobody asks. */
#define SPP_SESSION_READ_AHEAD (256 * 1024)
/* Small messages that wait together leave in one write of up to this. */
#define SPP_SESSION_WRITE_BUFFER_SIZE (128 * 1024)
/* What a message takes in the queue besides its bytes, with its task. */
#define SPP_SESSION_SEND_OVERHEAD 512

void          spp_session_clear_sending      (SppSession           *self);
gboolean      spp_session_has_unsent         (SppSession           *self);
void          spp_session_fail_sends         (SppSession           *self,
                                              const GError         *error);
gboolean      spp_session_has_unwritten      (SppSession           *self);
/* Our own bound for a message, or that of which the friend told. */
gsize         spp_session_get_max_outgoing   (SppSession           *self);
/* Nothing more can be sent; @error is (transfer full). */
void          spp_session_fail_sending       (SppSession           *self,
                                              GError               *error);
/* Hands to the kernel what it takes, or all. */
void          spp_session_write_out          (SppSession           *self);
gboolean      spp_session_write_out_blocking (SppSession           *self,
                                              GCancellable         *cancellable,
                                              GError              **error);
/* NULL, or why a message of that size cannot be sent now (transfer full). */
GError       *spp_session_why_not_send       (SppSession           *self,
                                              gsize                 size);
/* @send is (transfer full). */
void          spp_session_queue_send         (SppSession           *self,
                                              SppSend              *send);
/* The part of a turn that sends. */
void          spp_session_run_sends          (SppSession           *self);

void          spp_session_clear_receiving    (SppSession           *self);
void          spp_session_fail_receives      (SppSession           *self,
                                              const GError         *error);
/* The next message that is here, or NULL with an error: WOULD_BLOCK when there
 * is none. With @as_stream also NULL without an error, when one has begun. */
GBytes       *spp_session_take_message       (SppSession           *self,
                                              gboolean              as_stream,
                                              GError              **error);
/* TRUE while more may be read than has been taken. */
gboolean      spp_session_wants_more         (SppSession           *self);
/* Makes sure of a turn in which those who wait get what comes. */
void          spp_session_await_message      (SppSession           *self);
/* In SPP/2 the other end has more to say than messages, whether anybody asks for
 * these or not. */
void          spp_session_read_ahead         (SppSession           *self);
SppSessionEnd spp_session_classify_end       (SppSession           *self,
                                              const GError         *error);
/* Notifies of what has been received since the last time. */
void          spp_session_tell_received      (SppSession           *self);
gboolean      spp_session_is_would_block     (const GError         *error);
/* Waits for a message, or with @as_stream for its beginning. */
void          spp_session_queue_receive      (SppSession           *self,
                                              gboolean              as_stream,
                                              gpointer              source_tag,
                                              GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
/* A stream for the message that comes, with what has come of it (transfer full). */
GInputStream *spp_session_begin_stream       (SppSession           *self);
/* The next part of that. */
void          spp_session_push_stream        (SppSession           *self,
                                              const guint8         *data,
                                              gsize                 size,
                                              gboolean              last);
/* The part of a turn that receives. */
void          spp_session_run_receives       (SppSession           *self);

/* Reads until something has come, and keeps the messages that come with it. */
gboolean      spp_session_read_blocking      (SppSession           *self,
                                              GCancellable         *cancellable,
                                              GError              **error);
/* Messages that nobody has asked for are lost. */
void          spp_session_drop_inbox         (SppSession           *self);

/* What SPP/2 has to say beside messages: answers, new keys, CLOSE. */
gboolean      spp_session_has_control        (SppSession           *self);
/* Appends that to the write buffer. */
gboolean      spp_session_seal_control       (SppSession           *self,
                                              GError              **error);
/* FALSE while what is to be sent has to wait for new keys. */
gboolean      spp_session_may_seal           (SppSession           *self);
/* Takes a record; @message (transfer full) is the message that it ended, if any. */
gboolean      spp_session_take_record        (SppSession           *self,
                                              guint8               *payload,
                                              gsize                 length,
                                              GBytes              **message,
                                              GError              **error);
/* The part of a turn that tells of what the records before were about. */
void          spp_session_run_control        (SppSession           *self);
/* TRUE when both ends have said CLOSE. */
gboolean      spp_session_is_close_done      (SppSession           *self);
void          spp_session_update_timer       (SppSession           *self);
void          spp_session_clear_timer        (SppSession           *self);

G_END_DECLS
