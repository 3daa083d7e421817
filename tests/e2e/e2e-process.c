/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-process.h"

#include <stdio.h>

/* The name (at most 15 bytes) and the parent, from proc(5). */
static GPid
read_stat (GPid   pid,
           char **name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  char *begin, *end;
  char state;
  int parent = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  begin = strchr (text, '(');
  end = strrchr (text, ')');
  if (begin == NULL || end == NULL || sscanf (end + 1, " %c %d", &state, &parent) != 2)
    return 0;
  if (name != NULL)
    *name = g_strndup (begin + 1, (gsize) (end - begin - 1));

  return parent;
}

gboolean
e2e_process_is (GPid        pid,
                const char *name)
{
  g_autofree char *its_name = NULL;

  read_stat (pid, &its_name);

  return g_strcmp0 (its_name, name) == 0;
}

static gboolean
descends (GPid pid,
          GPid ancestor)
{
  while (pid > 0 && pid != ancestor)
    pid = read_stat (pid, NULL);

  return pid == ancestor;
}

GPid
e2e_process_find (GPid        ancestor,
                  const char *name)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc", 0, NULL);
  const char *entry;
  GPid found = 0;

  while (folder != NULL && (entry = g_dir_read_name (folder)) != NULL)
    {
      GPid pid = g_ascii_isdigit (*entry) ? (GPid) g_ascii_strtoll (entry, NULL, 10) : 0;

      if (pid > found && e2e_process_is (pid, name) && descends (pid, ancestor))
        found = pid;
    }

  return found;
}
