/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-error.h"

G_DEFINE_QUARK (spp-error-quark, spp_error)
