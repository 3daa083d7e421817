/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SPP_TEST_MEMORY_MAX_SECRET 64

/* Looks for secrets in all memory of this process that can be written to: the
 * heap, the stacks, locked pages, what has been freed and not used again.
 *
 * What is looked for is kept masked, so that it is not found in here. All of it
 * works without the heap, so as not to disturb what is left there. */

/* @name has to live on. @secret stays the caller's to wipe; @size is a multiple
 * of 8 from 16 on. */
void     spp_test_memory_add         (const char   *name,
                                      const guint8 *secret,
                                      gsize         size);
/* What was added, for as long as it takes to use it: to be wiped. */
void     spp_test_memory_reveal      (const char   *name,
                                      guint8       *secret);
gboolean spp_test_memory_has         (const char   *name);
void     spp_test_memory_forget_all  (void);

/* Searches for all. Places with the whole secret count as found; places with
 * any 16 bytes of it, at a multiple of 8 from its start, are left-overs. */
void     spp_test_memory_search      (void);
/* Of the last search. Both print where it is. */
guint    spp_test_memory_get_found   (const char   *name);
guint    spp_test_memory_get_pieces  (const char   *name);

/* Runs @func so far down the stack that what it leaves there stays: @level sets
 * apart several calls. */
typedef void (*SppTestMemoryFunc) (gpointer data);

void     spp_test_memory_run_deep    (guint              level,
                                      SppTestMemoryFunc  func,
                                      gpointer           data);

#define spp_test_memory_assert_found(name) \
  g_assert_cmpuint (spp_test_memory_get_found (name), >=, 1)
#define spp_test_memory_assert_gone(name) \
  g_assert_cmpuint (spp_test_memory_get_pieces (name), ==, 0)
void     spp_test_memory_assert_all_gone (void);

G_END_DECLS
