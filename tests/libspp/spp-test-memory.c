/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-test-memory.h"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define MAX_SECRETS 32
#define MAX_PLACES 8
#define WORD 8
#define WORDS (SPP_TEST_MEMORY_MAX_SECRET / WORD)
#define CHUNK (1024 * 1024)
/* More than anything here takes of a stack. */
#define LEVEL_SIZE (256 * 1024)
#define PAGE 4096
/* The tables of a sanitizer take terabytes of addresses and hold no copies. */
#define MAX_MAPPING ((guint64) 1 << 30)

typedef struct
{
  const char *name;
  guint       words;
  guint64     mask[WORDS];
  guint64     masked[WORDS];

  /* Of the last search */
  guint       found;
  guint       pieces;
  guint       n_places;
  guint64     places[MAX_PLACES];
  char        where[MAX_PLACES][48];
} Needle;

static Needle needles[MAX_SECRETS];
static guint n_needles;

/* Only the searcher's thread uses these. The first two bytes of each word that
 * is looked for are in the filter. */
static guint8 filter[G_MAXUINT16 + 1];
static char maps[CHUNK];
static guint8 chunk[CHUNK + SPP_TEST_MEMORY_MAX_SECRET];

static GMutex lock;
static GCond changed;
static gboolean searching;

static guint64
load (const guint8 *bytes)
{
  guint64 word;

  memcpy (&word, bytes, sizeof word);
  return word;
}

static Needle *
find_needle (const char *name)
{
  for (guint i = 0; i < n_needles; i++)
    if (strcmp (needles[i].name, name) == 0)
      return &needles[i];
  g_error ("No secret is called %s", name);
}

gboolean
spp_test_memory_has (const char *name)
{
  for (guint i = 0; i < n_needles; i++)
    if (strcmp (needles[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

void
spp_test_memory_add (const char   *name,
                     const guint8 *secret,
                     gsize         size)
{
  Needle *needle = &needles[n_needles];

  g_assert_cmpuint (n_needles, <, MAX_SECRETS);
  g_assert_cmpuint (size, >=, 2 * WORD);
  g_assert_cmpuint (size % WORD, ==, 0);
  g_assert_cmpuint (size, <=, SPP_TEST_MEMORY_MAX_SECRET);

  memset (needle, 0, sizeof *needle);
  needle->name = name;
  needle->words = size / WORD;
  randombytes_buf (needle->mask, size);
  for (guint i = 0; i < needle->words; i++)
    needle->masked[i] = load (secret + i * WORD) ^ needle->mask[i];
  n_needles++;
}

void
spp_test_memory_reveal (const char *name,
                        guint8     *secret)
{
  Needle *needle = find_needle (name);

  for (guint i = 0; i < needle->words; i++)
    {
      guint64 word = needle->masked[i] ^ needle->mask[i];

      memcpy (secret + i * WORD, &word, sizeof word);
      sodium_memzero (&word, sizeof word);
    }
}

void
spp_test_memory_forget_all (void)
{
  n_needles = 0;
}

/* @where is the rest of a line of the list of mappings. */
static void
note_place (Needle     *needle,
            guint64     address,
            const char *where)
{
  gsize length = strcspn (where, "\n");
  gsize name = strcspn (where, "/[\n");

  if (needle->n_places == MAX_PLACES)
    return;
  length = MIN (length - name, sizeof needle->where[0] - 1);
  memcpy (needle->where[needle->n_places], where + name, length);
  needle->where[needle->n_places][length] = '\0';
  needle->places[needle->n_places++] = address;
}

/* How many words of the secret from @first on are at @bytes. */
static guint
count_words (Needle       *needle,
             guint         first,
             const guint8 *bytes)
{
  guint i;

  for (i = first; i < needle->words; i++)
    if ((load (bytes + (i - first) * WORD) ^ needle->mask[i]) != needle->masked[i])
      break;
  return i - first;
}

static void
look_at (const guint8 *bytes,
         guint64       address,
         const char   *where)
{
  for (guint i = 0; i < n_needles; i++)
    {
      Needle *needle = &needles[i];

      for (guint first = 0; first + 1 < needle->words; first++)
        {
          guint words = count_words (needle, first, bytes);

          if (words == needle->words)
            needle->found++;
          if (words >= 2)
            {
              needle->pieces++;
              note_place (needle, address, where);
            }
        }
    }
}

static gboolean
is_zero (const guint8 *bytes,
         gsize         size)
{
  return bytes[0] == 0 && memcmp (bytes, bytes + 1, size - 1) == 0;
}

static void
search_chunk (gsize       size,
              guint64     address,
              const char *where)
{
  for (gsize page = 0; page < size; page += PAGE)
    {
      gsize end = MIN (size, page + PAGE);

      if (is_zero (chunk + page, end - page))
        continue;
      for (gsize i = page; i < end; i++)
        if (filter[chunk[i] | chunk[i + 1] << 8])
          look_at (chunk + i, address + i, where);
    }
}

static void
search_range (int         fd,
              guint64     start,
              guint64     end,
              const char *where)
{
  guint64 own_start = (guintptr) chunk;
  guint64 own_end = own_start + sizeof chunk;

  if (start < own_end && own_start < end)
    {
      if (start < own_start)
        search_range (fd, start, own_start, where);
      if (own_end < end)
        search_range (fd, own_end, end, where);
      return;
    }

  /* Each chunk is read with a bit of the next one, so that nothing is missed
   * at the edge. */
  for (guint64 at = start; at < end; at += CHUNK)
    {
      gssize length;

      memset (chunk + CHUNK, 0, SPP_TEST_MEMORY_MAX_SECRET);
      length = pread (fd, chunk, MIN (end - at, sizeof chunk), at);
      /* Some special mappings cannot be read. */
      if (length <= 0)
        return;
      memset (chunk + length, 0, sizeof chunk - length);
      search_chunk (MIN (length, CHUNK), at, where);
    }
}

static void
read_maps (void)
{
  int fd = open ("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  gsize filled = 0;
  gssize length;

  g_assert_cmpint (fd, >=, 0);
  while ((length = read (fd, maps + filled, sizeof maps - 1 - filled)) > 0)
    filled += length;
  g_assert_cmpuint (filled, <, sizeof maps - 1);
  maps[filled] = '\0';
  close (fd);
}

static void
prepare (void)
{
  memset (filter, 0, sizeof filter);
  for (guint i = 0; i < n_needles; i++)
    {
      needles[i].found = 0;
      needles[i].pieces = 0;
      needles[i].n_places = 0;
      for (guint j = 0; j < needles[i].words; j++)
        {
          guint64 word = GUINT64_TO_LE (needles[i].masked[j] ^ needles[i].mask[j]);

          filter[word & G_MAXUINT16] = 1;
        }
    }
}

static void
search (void)
{
  guint64 here = (guintptr) &here;
  int fd = open ("/proc/self/mem", O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  prepare ();
  read_maps ();
  for (char *line = maps; *line != '\0'; line = strchr (line, '\n') + 1)
    {
      char *next;
      guint64 start = g_ascii_strtoull (line, &next, 16);
      guint64 end = g_ascii_strtoull (next + 1, &next, 16);

      /* This thread's stack has what it compares. */
      if (next[1] == 'r' && next[2] == 'w' && end - start <= MAX_MAPPING
          && !(start <= here && here < end))
        search_range (fd, start, end, next + 1);
    }
  close (fd);
  sodium_memzero (chunk, sizeof chunk);
}

/* Has a stack of its own, so that what others left on theirs stays as it is. */
static gpointer
searcher (gpointer data)
{
  g_mutex_lock (&lock);
  for (;;)
    {
      while (!searching)
        g_cond_wait (&changed, &lock);
      search ();
      searching = FALSE;
      g_cond_broadcast (&changed);
    }
  return NULL;
}

void
spp_test_memory_search (void)
{
  static GThread *thread = NULL;

  if (thread == NULL)
    thread = g_thread_new ("searcher", searcher, NULL);

  g_mutex_lock (&lock);
  searching = TRUE;
  g_cond_broadcast (&changed);
  while (searching)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
}

void
spp_test_memory_run_deep (guint              level,
                          SppTestMemoryFunc  func,
                          gpointer           data)
{
  volatile guint8 room[LEVEL_SIZE];

  room[0] = level;
  if (level > 0)
    spp_test_memory_run_deep (level - 1, func, data);
  else
    func (data);
  /* Keeps the compiler from giving the room away before the call. */
  g_assert_cmpuint (room[0], ==, level);
}

static void
print_places (Needle *needle)
{
  for (guint i = 0; i < needle->n_places; i++)
    g_test_message ("%s: at %" G_GINT64_MODIFIER "x %s",
                    needle->name, needle->places[i], needle->where[i]);
}

guint
spp_test_memory_get_found (const char *name)
{
  return find_needle (name)->found;
}

guint
spp_test_memory_get_pieces (const char *name)
{
  Needle *needle = find_needle (name);

  print_places (needle);
  return needle->pieces;
}

void
spp_test_memory_assert_all_gone (void)
{
  guint pieces = 0;

  for (guint i = 0; i < n_needles; i++)
    {
      print_places (&needles[i]);
      pieces += needles[i].pieces;
    }
  g_assert_cmpuint (pieces, ==, 0);
}
