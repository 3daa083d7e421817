/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-error.h"
#include "spp-frame-private.h"
#include "spp-test-utils.h"

#define MIN_LENGTH 36
#define MAX_LENGTH (1024 * 1024)

static void
test_header (void)
{
  static const guint8 expected[] = { 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01 };
  guint8 header[SPP_FRAME_HEADER_SIZE];

  g_test_summary ("Lengths are 64 bits, little-endian");
  spp_frame_write_header (header, G_GUINT64_CONSTANT (0x0102030405060708));
  g_assert_cmpmem (header, sizeof header, expected, sizeof expected);
  g_assert_cmpuint (spp_frame_read_header (expected), ==,
                    G_GUINT64_CONSTANT (0x0102030405060708));
}

/* A stream of frames with bodies of these sizes. */
static GByteArray *
make_stream (const gsize *sizes,
             gsize        n_sizes)
{
  GByteArray *stream = g_byte_array_new ();

  for (gsize i = 0; i < n_sizes; i++)
    {
      g_autoptr (GBytes) body = spp_test_payload (sizes[i], i);
      guint8 header[SPP_FRAME_HEADER_SIZE];

      spp_frame_write_header (header, sizes[i]);
      g_byte_array_append (stream, header, sizeof header);
      g_byte_array_append (stream, g_bytes_get_data (body, NULL), sizes[i]);
    }
  return stream;
}

/* Puts @size bytes in, in as many steps as it takes, and checks each frame that
 * comes out against @sizes. */
static void
feed (SppFrameReader *reader,
      const guint8   *data,
      gsize           size,
      const gsize    *sizes,
      guint          *found)
{
  while (size > 0)
    {
      g_autoptr (GError) error = NULL;
      gsize room, length;
      guint8 *place = spp_frame_reader_reserve (reader, &room);
      gsize part = MIN (room, size);
      guint8 *frame;

      g_assert_cmpuint (room, >, 0);
      memcpy (place, data, part);
      spp_frame_reader_commit (reader, part);
      data += part;
      size -= part;
      while (spp_frame_reader_next (reader, &frame, &length, &error) && frame != NULL)
        {
          g_autoptr (GBytes) body = spp_test_payload (sizes[*found], *found);

          g_assert_cmpmem (frame, length, g_bytes_get_data (body, NULL), g_bytes_get_size (body));
          (*found)++;
        }
      g_assert_no_error (error);
      g_assert_false (spp_frame_reader_has_next (reader));
    }
}

static void
test_chunking (void)
{
  static const gsize sizes[] = { 36, 37, 100, 36, 65536, 1000, 300000, 36 };
  g_autoptr (GByteArray) stream = make_stream (sizes, G_N_ELEMENTS (sizes));

  g_test_summary ("Frames come out whole however the stream is cut");
  for (guint round = 0; round < 200; round++)
    {
      SppFrameReader reader;
      gsize offset = 0;
      guint found = 0;
      gsize largest = round < 100 ? 17 << round % 12 : 700000;

      spp_frame_reader_init (&reader, MIN_LENGTH, MAX_LENGTH, SPP_ERROR_MESSAGE_TOO_LARGE);
      while (offset < stream->len)
        {
          gsize wanted = g_test_rand_int_range (1, largest + 1);
          gsize part = MIN (stream->len - offset, wanted);

          feed (&reader, stream->data + offset, part, sizes, &found);
          spp_frame_reader_relax (&reader);
          offset += part;
        }
      g_assert_cmpuint (found, ==, G_N_ELEMENTS (sizes));
      g_assert_true (spp_frame_reader_is_empty (&reader));
      g_assert_null (reader.buffer);
      spp_frame_reader_clear (&reader);
    }
}

static void
test_limits (void)
{
  static const struct { guint64 length; int code; } cases[] =
    {
      { 0, SPP_ERROR_FRAME_LENGTH },
      { 1, SPP_ERROR_FRAME_LENGTH },
      { MIN_LENGTH - 1, SPP_ERROR_FRAME_LENGTH },
      { MIN_LENGTH, -1 },
      { MAX_LENGTH, -1 },
      { MAX_LENGTH + 1, SPP_ERROR_MESSAGE_TOO_LARGE },
      { G_GUINT64_CONSTANT (1) << 31, SPP_ERROR_MESSAGE_TOO_LARGE },
      { G_GUINT64_CONSTANT (1) << 32, SPP_ERROR_MESSAGE_TOO_LARGE },
      { (G_GUINT64_CONSTANT (1) << 32) + MIN_LENGTH, SPP_ERROR_MESSAGE_TOO_LARGE },
      { G_GUINT64_CONSTANT (1) << 63, SPP_ERROR_MESSAGE_TOO_LARGE },
      { G_MAXUINT64, SPP_ERROR_MESSAGE_TOO_LARGE },
    };

  g_test_summary ("A length outside the limits is refused before anything is allocated");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      SppFrameReader reader;
      g_autoptr (GError) error = NULL;
      gsize room, length;
      guint8 *frame;
      gboolean fine;

      spp_frame_reader_init (&reader, MIN_LENGTH, MAX_LENGTH, SPP_ERROR_MESSAGE_TOO_LARGE);
      spp_frame_write_header (spp_frame_reader_reserve (&reader, &room), cases[i].length);
      spp_frame_reader_commit (&reader, SPP_FRAME_HEADER_SIZE);
      fine = spp_frame_reader_next (&reader, &frame, &length, &error);
      g_assert_null (frame);
      g_assert_cmpuint (reader.allocated, <=, 4096);
      g_assert_cmpint (spp_frame_reader_has_next (&reader), ==, cases[i].code >= 0);
      if (cases[i].code < 0)
        g_assert_true (fine);
      else
        g_assert_error (error, SPP_ERROR, cases[i].code);
      spp_frame_reader_clear (&reader);
    }
}

static void
test_growth (void)
{
  enum { LENGTH = MAX_LENGTH };
  SppFrameReader reader;
  gsize room, length;
  guint8 *frame;

  g_test_summary ("Memory follows what has arrived, not what was announced");
  spp_frame_reader_init (&reader, MIN_LENGTH, LENGTH, SPP_ERROR_MESSAGE_TOO_LARGE);
  spp_frame_write_header (spp_frame_reader_reserve (&reader, &room), LENGTH);
  spp_frame_reader_commit (&reader, SPP_FRAME_HEADER_SIZE);
  for (gsize i = 1; i <= LENGTH; i++)
    {
      *spp_frame_reader_reserve (&reader, &room) = 0;
      g_assert_cmpuint (room, <=, reader.allocated);
      spp_frame_reader_commit (&reader, 1);
      g_assert_cmpuint (reader.allocated, <=,
                        MAX (2 * (i + SPP_FRAME_HEADER_SIZE), 4096));
    }
  g_assert_cmpuint (reader.allocated, ==, LENGTH + SPP_FRAME_HEADER_SIZE);
  g_assert_true (spp_frame_reader_next (&reader, &frame, &length, NULL));
  g_assert_cmpuint (length, ==, LENGTH);

  /* A large frame does not keep its memory when nothing follows. */
  spp_frame_reader_relax (&reader);
  g_assert_null (reader.buffer);
  spp_frame_reader_clear (&reader);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/spp/frame/header", test_header);
  g_test_add_func ("/spp/frame/chunking", test_chunking);
  g_test_add_func ("/spp/frame/limits", test_limits);
  g_test_add_func ("/spp/frame/growth", test_growth);

  return g_test_run ();
}
