/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Sets a fresh connection up for conversation: no delay for small messages, no
 * time limit between them, and a dead peer noticed by the kernel. */
void spp_connection_prepare (GSocketConnection *connection);

G_END_DECLS
