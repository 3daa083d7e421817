/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Sets a fresh socket up for conversation: no delay for small messages, no time
 * limit between them, and a dead peer noticed by the kernel. */
void spp_socket_prepare (GSocket *socket);

G_END_DECLS
