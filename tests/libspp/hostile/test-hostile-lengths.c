/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-world.h"

#define MIB (1024 * 1024)
/* What a session may use besides what has arrived. */
#define HEAP_SLACK (512 * 1024)
#define LARGEST_LENGTH (16 * MIB + HOSTILE_MESSAGE_SIZE (0) - HOSTILE_HEADER_SIZE)

typedef struct
{
  const char *name;
  guint64     length;
  gsize       sent;     /* bytes that follow the length, none of them right */
  int         code;     /* SppError */
} Length;

static const Length before[] =
  {
    { "0", 0 },
    { "95", 95 },
    { "97", 97 },
    { "2^31", G_GUINT64_CONSTANT (1) << 31 },
    { "2^32", G_GUINT64_CONSTANT (1) << 32 },
    /* The low half alone would be right. */
    { "2^32+96", (G_GUINT64_CONSTANT (1) << 32) + 96 },
    { "2^63", G_GUINT64_CONSTANT (1) << 63 },
    { "2^64-1", G_MAXUINT64 },
  };

static const Length after[] =
  {
    { "0", 0, 0, SPP_ERROR_FRAME_LENGTH },
    { "35", 35, 0, SPP_ERROR_FRAME_LENGTH },
    { "36", 36, 36, SPP_ERROR_BAD_TAG },
    { "95", 95, 95, SPP_ERROR_BAD_TAG },
    { "95-cut", 95, 94, SPP_ERROR_TRUNCATED },
    { "97", 97, 97, SPP_ERROR_BAD_TAG },
    { "97-cut", 97, 96, SPP_ERROR_TRUNCATED },
    { "largest-cut", LARGEST_LENGTH, 1000, SPP_ERROR_TRUNCATED },
    { "largest+1", LARGEST_LENGTH + 1, 0, SPP_ERROR_MESSAGE_TOO_LARGE },
    { "2^31", G_GUINT64_CONSTANT (1) << 31, 0, SPP_ERROR_MESSAGE_TOO_LARGE },
    { "2^32", G_GUINT64_CONSTANT (1) << 32, 0, SPP_ERROR_MESSAGE_TOO_LARGE },
    { "2^32+36", (G_GUINT64_CONSTANT (1) << 32) + 36, 36, SPP_ERROR_MESSAGE_TOO_LARGE },
    { "2^63", G_GUINT64_CONSTANT (1) << 63, 0, SPP_ERROR_MESSAGE_TOO_LARGE },
    { "2^63+95", (G_GUINT64_CONSTANT (1) << 63) + 95, 0, SPP_ERROR_MESSAGE_TOO_LARGE },
    { "2^64-1", G_MAXUINT64, 0, SPP_ERROR_MESSAGE_TOO_LARGE },
  };

typedef struct
{
  const Length *length;
  HostileRole   role;
} Case;

static void
test_before (gconstpointer data)
{
  const Case *self = data;
  HostileWorld world;
  g_autoptr (HostilePeer) peer = NULL;
  guint8 hello[HOSTILE_HELLO_SIZE];
  gsize heap;

  g_test_summary ("A first frame of another length than a hello's ends the handshake at once");
  hostile_world_set_up (&world, NULL);
  peer = hostile_world_connect (&world, self->role);
  if (self->role == HOSTILE_CLIENT)
    g_assert_cmpuint (hostile_peer_read (peer, hello, sizeof hello), ==, sizeof hello);
  heap = hostile_heap_size ();
  hostile_peer_write_header (peer, self->length->length);
  hostile_world_expect_refusal (&world, self->role, SPP_ERROR, SPP_ERROR_FRAME_LENGTH);
  hostile_peer_expect_end (peer);
  g_assert_cmpuint (hostile_heap_size (), <, heap + HEAP_SLACK);
  hostile_world_tear_down (&world, NULL);
}

static SppSessionEnd
end_for (int code)
{
  if (code == SPP_ERROR_MESSAGE_TOO_LARGE)
    return SPP_SESSION_END_REFUSED;
  return code == SPP_ERROR_TRUNCATED ? SPP_SESSION_END_CUT : SPP_SESSION_END_MISBEHAVED;
}

static void
test_after (gconstpointer data)
{
  const Case *self = data;
  HostileWorld world;
  g_autoptr (HostilePeer) peer = NULL;
  g_autoptr (GAsyncResult) received = NULL;
  g_autoptr (GBytes) body = spp_test_payload (self->length->sent, 1);
  SppSession *session;
  gsize heap;

  g_test_summary ("A length that no message has, or a body that is none, ends the session, "
                  "and memory does not grow with the number announced");
  hostile_world_set_up (&world, NULL);
  peer = hostile_world_meet (&world, self->role, &session);
  heap = hostile_heap_size ();
  hostile_peer_write_header (peer, self->length->length);
  hostile_peer_write (peer, g_bytes_get_data (body, NULL), self->length->sent);
  if (self->length->code == SPP_ERROR_TRUNCATED)
    {
      /* While it waits for the rest. */
      spp_session_receive_async (session, NULL, spp_test_result_cb, &received);
      spp_test_settle ();
      g_assert_null (received);
      g_assert_cmpuint (hostile_heap_size (), <, heap + HEAP_SLACK);
      hostile_peer_half_close (peer);
      spp_test_await (&received);
      g_clear_object (&received);
    }
  hostile_expect_end (session, SPP_ERROR, self->length->code, end_for (self->length->code));
  g_assert_cmpuint (hostile_heap_size (), <, heap + HEAP_SLACK);
  hostile_peer_expect_end (peer);
  hostile_finish (session);
  hostile_world_tear_down (&world, NULL);
}

/* The length's own bytes in pieces, so that a part of it stands in the buffer. */
static void
test_in_pieces (HostileWorld  *world,
                gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  static const guint8 length[HOSTILE_HEADER_SIZE] = { 0, 0, 0, 0, 0, 0, 0, 0x80 };
  g_autoptr (HostilePeer) peer = NULL;
  g_autoptr (GAsyncResult) received = NULL;
  SppSession *session;

  g_test_summary ("A length that comes byte by byte is judged when it is whole");
  peer = hostile_world_meet (world, role, &session);
  spp_session_receive_async (session, NULL, spp_test_result_cb, &received);
  for (guint i = 0; i < sizeof length; i++)
    {
      g_assert_null (received);
      hostile_peer_write (peer, length + i, 1);
      spp_test_settle ();
    }
  spp_test_await (&received);
  g_clear_object (&received);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE,
                      SPP_SESSION_END_REFUSED);
  hostile_peer_expect_end (peer);
  hostile_finish (session);
}

static void
add_cases (const char    *path,
           const Length  *lengths,
           gsize          n_lengths,
           GTestDataFunc  func)
{
  for (HostileRole role = HOSTILE_SERVICE; role <= HOSTILE_CLIENT; role++)
    {
      for (gsize i = 0; i < n_lengths; i++)
        {
          g_autofree char *full = NULL;
          Case *self = g_new0 (Case, 1);

          self->length = &lengths[i];
          self->role = role;
          full = g_strdup_printf ("%s/%s/%s", path, HOSTILE_ROLE_NAME (role), lengths[i].name);
          g_test_add_data_func_full (full, self, func, g_free);
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_cases ("/spp/hostile/lengths/before", before, G_N_ELEMENTS (before), test_before);
  add_cases ("/spp/hostile/lengths/after", after, G_N_ELEMENTS (after), test_after);
  hostile_add_for_roles ("/spp/hostile/lengths/in-pieces", test_in_pieces);

  return g_test_run ();
}
