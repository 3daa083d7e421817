/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-sentence.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <spp.h>

/* The end of a stream is not authenticated: it never says that a friend left. */
static char *
lost (const char *name,
      const char *address)
{
  if (address == NULL)
    /* Translators: %s is the name of a friend */
    return g_strdup_printf (_("The connection to %s was lost."), name);

  /* Translators: both are the friend's name */
  return g_strdup_printf (_("The connection to %s was lost. Maybe %s has not added your key yet."),
                          name, name);
}

static char *
for_io_error (const GError *error,
              const char   *name,
              const char   *address)
{
  if (address == NULL)
    return lost (name, NULL);

  if (error->code == G_IO_ERROR_CONNECTION_REFUSED)
    /* Translators: an address, and the name of a friend */
    return g_strdup_printf (_("Cannot reach %s: connection refused. Check the port, and that "
                              "%s is listening."),
                            address, name);
  if (error->code == G_IO_ERROR_HOST_NOT_FOUND)
    /* Translators: an address, and the name of a friend */
    return g_strdup_printf (_("Cannot find %s. Check the address of %s."), address, name);
  if (error->code == G_IO_ERROR_HOST_UNREACHABLE)
    /* Translators: an address, and the name of a friend */
    return g_strdup_printf (_("Cannot reach %s: no route to that address. Check the address "
                              "of %s."),
                            address, name);
  if (error->code == G_IO_ERROR_NETWORK_UNREACHABLE)
    /* Translators: %s is an address */
    return g_strdup_printf (_("Cannot reach %s: the network is unreachable. Check your own "
                              "connection."),
                            address);
  if (error->code == G_IO_ERROR_TIMED_OUT)
    /* Translators: an address, and the name of a friend */
    return g_strdup_printf (_("Cannot reach %s: no answer in time. Check the address, and that "
                              "%s has added your key."),
                            address, name);
  if (error->code == G_IO_ERROR_CONNECTION_CLOSED || error->code == G_IO_ERROR_PARTIAL_INPUT)
    return lost (name, address);

  /* Translators: an address, and why, in the words of the system */
  return g_strdup_printf (_("Cannot reach %s: %s."), address, error->message);
}

static char *
for_spp_error (const GError *error,
               const char   *name,
               const char   *address)
{
  switch ((SppError) error->code)
    {
    case SPP_ERROR_CLOSED:
    case SPP_ERROR_TRUNCATED:
      return lost (name, address);

    case SPP_ERROR_BAD_SIGNATURE:
    case SPP_ERROR_UNKNOWN_PEER:
    case SPP_ERROR_REPLAYED:
      if (address != NULL)
        /* Translators: an address, and the name of a friend */
        return g_strdup_printf (_("Somebody else answers at %s, not %s. Check the address and "
                                  "the key."),
                                address, name);
      /* Translators: %s is the name of a friend */
      return g_strdup_printf (_("Somebody else called in the name of %s and was refused."), name);

    case SPP_ERROR_FRAME_LENGTH:
      if (address != NULL)
        /* Translators: %s is an address */
        return g_strdup_printf (_("What answers at %s is not SPP Chat. Check the address and "
                                  "the port."),
                                address);
      /* Translators: %s is the name of a friend */
      return g_strdup_printf (_("%s sent something that makes no sense. The connection was "
                                "closed."),
                              name);

    case SPP_ERROR_MESSAGE_TOO_LARGE:
      /* Translators: %s is the name of a friend */
      return g_strdup_printf (_("%s sent a message that is too large. The connection was closed."),
                              name);

    case SPP_ERROR_EXHAUSTED:
      /* Translators: %s is the name of a friend */
      return g_strdup_printf (_("The connection to %s has carried all that it may. Connect "
                                "again."),
                              name);

    case SPP_ERROR_OLD_PROTOCOL:
      /* Translators: the name of a friend; “Edit Friend” is the name of a window */
      return g_strdup_printf (_("%s speaks only an old protocol, which protects less. If you know "
                                "that it has to be so, allow it under Edit Friend."),
                              name);

    case SPP_ERROR_NOT_ADMITTED:
      /* Translators: an address, and the name of a friend */
      return g_strdup_printf (_("Whoever answers at %s does not let you in. Check the address, and "
                                "that %s has added your key."),
                              address != NULL ? address : name, name);

    case SPP_ERROR_DOWNGRADED:
      /* Translators: %s is the name of a friend */
      return g_strdup_printf (_("Somebody tried to weaken the connection to %s, and it was "
                                "closed."),
                              name);

    case SPP_ERROR_WEAK_EPHEMERAL:
    case SPP_ERROR_REFLECTED:
    case SPP_ERROR_BAD_TAG:
    case SPP_ERROR_BAD_SEQUENCE:
    case SPP_ERROR_BAD_RECORD:
      /* Translators: %s is the name of a friend */
      return g_strdup_printf (_("Somebody disturbed the connection to %s, and it was closed. "
                                "Connect again."),
                              name);

    case SPP_ERROR_INVALID_KEY:
    case SPP_ERROR_MISTYPED_KEY:
    default:
      /* Translators: the name of a friend, and why, in the words of the system */
      return g_strdup_printf (_("Cannot connect to %s: %s"), name, error->message);
    }
}

char *
chat_sentence_for_error (const GError *error,
                         const char   *name,
                         const char   *address)
{
  g_return_val_if_fail (error != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  if (error->domain == SPP_ERROR)
    return for_spp_error (error, name, address);
  if (error->domain == G_IO_ERROR)
    return for_io_error (error, name, address);
  if (address == NULL)
    return lost (name, NULL);
  if (error->domain == G_RESOLVER_ERROR)
    /* Translators: an address, and the name of a friend */
    return g_strdup_printf (_("Cannot find %s. Check the address of %s."), address, name);

  /* Translators: an address, and why, in the words of the system */
  return g_strdup_printf (_("Cannot reach %s: %s."), address, error->message);
}
